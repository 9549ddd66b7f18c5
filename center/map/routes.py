"""The city itself: its layers and its cameras."""

from __future__ import annotations

import gzip
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from starlette.responses import Response

from center.map.models import CameraList, FeatureCollection, LayerName
from center.people.access import Caller, ServicesDep, may
from center.web.answers import Json, answers

router = APIRouter(default_response_class=Response, tags=["city"])

GEOJSON = "application/geo+json"


@router.get(
    "/layers/{layer}", operation_id="getLayer",
    responses=answers(FeatureCollection, "The layer.", 403, media_types=(GEOJSON,)),
    dependencies=[Depends(may("city.read"))],
)  # fmt: skip
async def layer(
    layer: LayerName,
    services: ServicesDep,
    if_none_match: Annotated[str | None, Header(max_length=200)] = None,
    accept_encoding: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """One whole layer of the map. Layers change only by an import of the city; the ETag changes too."""
    found = await services.layers.get(layer)
    headers = {"ETag": found.tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if if_none_match == found.tag:
        return Response(status_code=304, headers=headers)
    if "gzip" not in accept_encoding:
        return Response(gzip.decompress(found.compressed), media_type=GEOJSON, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(found.compressed, media_type=GEOJSON, headers=headers)


@router.get("/cameras", operation_id="listCameras", responses=answers(CameraList, "All cameras.", 403))
async def cameras(caller: Annotated[Caller, Depends(may("camera.read"))], services: ServicesDep) -> Response:
    """All cameras that the caller may see, with the time of each one's newest still."""
    scope = caller.scope("camera.read")
    found = [each for each in await services.cameras.all() if scope.contains(district=each.district)]
    return Json(CameraList(cameras=found))
