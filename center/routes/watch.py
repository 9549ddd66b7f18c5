"""What is going on: entities, incidents, and how the system itself is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from center.access import With, signed_on
from center.answers import Json, answers
from center.models import EntityList, IncidentPage, SystemStatus
from center.parameters import Cursor

router = APIRouter(default_response_class=Response, tags=["watch"], dependencies=[Depends(signed_on)])


@router.get("/entities", operation_id="listEntities", responses=answers(EntityList, "All that is live."))
async def entities(services: With) -> Response:
    """Where everything is now. The live feed tells the same, and what changes."""
    return Json(EntityList(at=services.clock(), entities=services.live.entities()))


@router.get("/incidents", operation_id="listIncidents", responses=answers(IncidentPage, "Some incidents."))
async def incidents(
    services: With,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Cursor = None,
) -> Response:
    """Incidents as they were last reported, newest first."""
    return Json(await services.reading.incidents(limit=limit, cursor=cursor))


@router.get("/status", operation_id="getStatus", responses=answers(SystemStatus, "The status strip."))
async def status(services: With) -> Response:
    """Devices, rate and lag; also on the live feed."""
    return Json(services.live.status())
