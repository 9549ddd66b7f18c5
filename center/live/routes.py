"""What is going on: entities, and how the system itself is."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response

from center.live.models import EntityDetail, EntityList, SystemStatus
from center.models import EntityKind
from center.people.access import ServicesDep, signed_on
from center.web.answers import Json, Refusal, answers
from center.web.parameters import Identity

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
    found = await services.entities.detail(kind, identity)
    if found is None:
        raise Refusal(404, "no_entity", f"nothing was ever heard of {kind}/{identity}")
    return Json(found)


@router.get("/status", operation_id="getStatus", responses=answers(SystemStatus, "The status strip."))
async def status(services: ServicesDep) -> Response:
    """Devices, rate and lag; also on the live feed."""
    return Json(services.live.status())
