"""The public page and its map: streets and areas of the city, nothing else."""

from __future__ import annotations

import gzip
from collections.abc import Sequence

from fastapi import APIRouter, params
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from center.map.layers import MapLayers
from center.map.models import LayerName
from center.web.console import PUBLIC, Console


class PublicPage:
    """Serves the page.

    Args:
        console: has it in its build.
        layers: of the city's map.
    """

    def __init__(self, *, console: Console, layers: MapLayers) -> None:
        self._console = console
        self._layers = layers

    def router(self, dependencies: Sequence[params.Depends]) -> APIRouter:
        """The routes."""
        router = APIRouter(
            include_in_schema=False, default_response_class=Response, dependencies=dependencies
        )
        router.add_api_route(PUBLIC, self._console.serve_citizens, methods=["GET"])
        router.add_api_route(PUBLIC.rstrip("/"), _to_page, methods=["GET"])
        for name in (LayerName.STREETS, LayerName.AREAS):
            self._add_layer(router, name)
        return router

    def _add_layer(self, router: APIRouter, name: LayerName) -> None:
        async def serve(request: Request) -> Response:
            layer = await self._layers.get(name)
            headers = {"ETag": layer.tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
            if request.headers.get("if-none-match") == layer.tag:
                return Response(status_code=304, headers=headers)
            if "gzip" in request.headers.get("accept-encoding", ""):
                headers["Content-Encoding"] = "gzip"
                return Response(layer.compressed, media_type="application/geo+json", headers=headers)
            return Response(
                gzip.decompress(layer.compressed), media_type="application/geo+json", headers=headers
            )

        router.add_api_route(f"{PUBLIC}layers/{name}", serve, methods=["GET"])


async def _to_page(_request: Request) -> Response:
    return RedirectResponse(PUBLIC, status_code=308)
