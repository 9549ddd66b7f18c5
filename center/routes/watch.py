"""What is going on: entities, incidents, evidence, and how the system itself is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from center.access import With, signed_on
from center.answers import Json, Refusal, answers
from center.models import EntityList, IncidentPage, SystemStatus
from center.parameters import Cursor

router = APIRouter(default_response_class=Response, tags=["watch"], dependencies=[Depends(signed_on)])

Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


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


@router.get(
    "/evidence/{digest}", operation_id="getEvidence",
    responses=answers(None, "The file.", 404, media_types=("image/jpeg", "video/mp4")),
)  # fmt: skip
async def evidence(digest: Digest, services: With) -> Response:
    """A picture or clip by the SHA-256 of what it holds; it never changes."""
    media_type = await services.reading.evidence_media_type(digest)
    if media_type is None:
        raise Refusal(404, "no_evidence", f"there is no evidence {digest}")
    data = await services.evidence.get(digest, media_type=media_type)
    headers = {"Cache-Control": "private, max-age=31536000, immutable", "Content-Disposition": "inline"}
    return Response(data, media_type=media_type, headers=headers)


@router.get("/status", operation_id="getStatus", responses=answers(SystemStatus, "The status strip."))
async def status(services: With) -> Response:
    """Devices, rate and lag; also on the live feed."""
    return Json(services.live.status())
