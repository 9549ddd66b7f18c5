"""What is going on: entities, incidents, and how the system itself is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from center.access import ServicesDep, signed_on
from center.answers import Json, Refusal, answers
from center.models import EntityDetail, EntityKind, EntityList, IncidentPage, IncidentTypeList, SystemStatus
from center.parameters import Cursor, Identity

router = APIRouter(default_response_class=Response, tags=["watch"], dependencies=[Depends(signed_on)])


@router.get("/entities", operation_id="listEntities", responses=answers(EntityList, "All that is live."))
async def entities(services: ServicesDep) -> Response:
    """Where everything is now. The live feed tells the same, and what changes."""
    return Json(EntityList(at=services.clock(), entities=services.live.entities()))


@router.get(
    "/entities/{kind}/{identity}", operation_id="getEntity",
    responses=answers(EntityDetail, "What is known of it.", 404),
)  # fmt: skip
async def entity(kind: EntityKind, identity: Identity, services: ServicesDep) -> Response:
    """One entity, whether it is on the map now or not."""
    found = await services.lookups.entity(kind, identity)
    if found is None:
        raise Refusal(404, "no_entity", f"nothing was ever heard of {kind}/{identity}")
    return Json(found)


@router.get("/incidents", operation_id="listIncidents", responses=answers(IncidentPage, "Some incidents."))
async def incidents(
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Cursor = None,
) -> Response:
    """Incidents as they were last reported, newest first."""
    return Json(await services.lookups.incidents(limit=limit, cursor=cursor))


@router.get(
    "/incident-types", operation_id="listIncidentTypes", responses=answers(IncidentTypeList, "All of them.")
)
async def incident_types(services: ServicesDep) -> Response:
    """The types of incident that the city's case policy names."""
    return Json(IncidentTypeList(types=services.lookups.incident_types()))


@router.get("/status", operation_id="getStatus", responses=answers(SystemStatus, "The status strip."))
async def status(services: ServicesDep) -> Response:
    """Devices, rate and lag; also on the live feed."""
    return Json(services.live.status())
