"""Geotagged stills and clips of drones, body and dash cameras."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from center.cases.geotagged import Given
from center.cases.models import GeotaggedFileList
from center.cases.requests import GEOTAGGED, GeotaggedRequest
from center.people.access import Caller, ServicesDep, may_change
from center.web.answers import Json, Refusal, answers
from center.web.bodies import described, read

router = APIRouter(default_response_class=Response, tags=["cases"])

_PARTS = frozenset({"files"})


@router.post(
    "/geotagged-files", operation_id="sendGeotaggedFiles",
    responses=answers(GeotaggedFileList, "What became of each.", 400, 403, 413, 415, 429),
    openapi_extra=described("geotagged", (GeotaggedRequest,), _PARTS),
)  # fmt: skip
async def send(
    request: Request, sender: Annotated[Caller, Depends(may_change("case.report"))], services: ServicesDep
) -> Response:
    """Send geotagged stills and clips: each becomes evidence of the nearest open case, or a report.

    The same file sent again changes nothing.
    """
    async with services.uploads.body(
        request, account=sender.login, json_part="geotagged", file_parts=_PARTS
    ) as body:
        said = read(GEOTAGGED, body.json)
        if not body.files:
            raise Refusal(422, "invalid", "send files, as multipart/form-data in parts named files")
        given = Given(
            place=None if said.lat is None or said.lon is None else (said.lat, said.lon),
            taken_at=said.taken_at,
            zone=None if said.time_zone is None else ZoneInfo(said.time_zone),
        )
        found = await services.geotagged.take_in(body.files, given, sender)
    return Json(GeotaggedFileList(files=found))
