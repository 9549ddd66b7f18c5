"""The present: entities, and the state of the system."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from center.live.models import EntityDetail, EntityList, SystemStatus
from center.live.view import LiveView
from center.models import EntityKind
from center.people.access import Caller, ServicesDep, may
from center.web.answers import Json, Refusal, answers
from center.web.parameters import Identity

router = APIRouter(default_response_class=Response, tags=["watch"])

Watcher = Annotated[Caller, Depends(may("live.read"))]


@router.get("/entities", operation_id="listEntities", responses=answers(EntityList, "All that is live.", 403))
async def entities(watcher: Watcher, services: ServicesDep) -> Response:
    """The present places of all entities that the caller may see; also on the live feed."""
    view = LiveView.of(watcher)
    return Json(EntityList(at=services.clock(), entities=view.entities(services.live.entities())))


@router.get(
    "/entities/{kind}/{identity}", operation_id="getEntity",
    responses=answers(EntityDetail, "What is known of it.", 403, 404),
)  # fmt: skip
async def entity(kind: EntityKind, identity: Identity, watcher: Watcher, services: ServicesDep) -> Response:
    """One entity, whether it is on the map now or not."""
    found = await services.entities.detail(kind, identity)
    if found is None or not LiveView.of(watcher).shows(kind, found.district):
        raise Refusal(404, "no_entity", f"nothing was ever received from {kind}/{identity}")
    return Json(found)


@router.get("/status", operation_id="getStatus", responses=answers(SystemStatus, "The status strip.", 403))
async def status(_caller: Annotated[Caller, Depends(may("system.read"))], services: ServicesDep) -> Response:
    """Devices, rate and lag; also on the live feed."""
    return Json(services.live.status())
