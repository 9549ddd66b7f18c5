"""The city itself: its layers, its cameras and their newest stills."""

from __future__ import annotations

import gzip
from datetime import UTC
from email.utils import format_datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path
from starlette.responses import Response

from center.access import With, signed_on
from center.answers import Json, Refusal, answers
from center.models import CameraList, FeatureCollection, LayerName
from center.parameters import Text

router = APIRouter(default_response_class=Response, tags=["city"], dependencies=[Depends(signed_on)])

GEOJSON = "application/geo+json"
CameraId = Annotated[Text, Path(min_length=1, max_length=64)]


@router.get(
    "/layers/{layer}", operation_id="getLayer",
    responses=answers(FeatureCollection, "The layer.", media_types=(GEOJSON,)),
)  # fmt: skip
async def layer(
    layer: LayerName,
    services: With,
    if_none_match: Annotated[str | None, Header(max_length=200)] = None,
    accept_encoding: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """One layer of the map, whole. Layers change when a city is imported; the ETag says whether they have."""
    found = await services.reading.layer(layer)
    headers = {"ETag": found.tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if if_none_match == found.tag:
        return Response(status_code=304, headers=headers)
    if "gzip" not in accept_encoding:
        return Response(gzip.decompress(found.compressed), media_type=GEOJSON, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(found.compressed, media_type=GEOJSON, headers=headers)


@router.get("/cameras", operation_id="listCameras", responses=answers(CameraList, "All cameras."))
async def cameras(services: With) -> Response:
    """All cameras, with when each was last seen through."""
    return Json(CameraList(cameras=await services.reading.cameras()))


@router.get(
    "/cameras/{camera}/still", operation_id="getStill",
    responses=answers(None, "The newest still of the camera.", 404, media_types=("image/jpeg",)),
)  # fmt: skip
async def still(
    camera: CameraId,
    services: With,
    if_none_match: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """The newest still; its time is in `Last-Modified` and in the live feed."""
    found = await services.reading.still(camera)
    if found is None:
        raise Refusal(404, "no_still", f"camera {camera} has sent no still yet")
    jpeg, time = found
    tag = f'"{time.timestamp():.3f}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Last-Modified": format_datetime(time.astimezone(UTC), usegmt=True),
    }
    if if_none_match == tag:
        return Response(status_code=304, headers=headers)
    return Response(jpeg, media_type="image/jpeg", headers=headers)
