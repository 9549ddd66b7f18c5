"""Pictures that an acceptor released: made anew, without the EXIF that tells place and device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter, params
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from center.open311.queries import ServiceRequests
from center.open311.routes import MEDIA
from center.pictures.decoder import Decoder
from center.pictures.thumbnails import Thumbnails
from center.web.media_types import PICTURES
from store.evidence import EvidenceStore

SIDE_PX: Final = 1280
_MAX_BYTES: Final = 16 * 1024 * 1024
_DIGITS: Final = 64


class ReleasedMedia:
    """Serves released pictures.

    Args:
        requests: knows which are released.
        evidence: has the files.
        decoder: limits how many are decoded at once.
    """

    def __init__(self, *, requests: ServiceRequests, evidence: EvidenceStore, decoder: Decoder) -> None:
        self._requests = requests
        self._evidence = evidence
        self._made = Thumbnails(decoder, max_bytes=_MAX_BYTES, side_px=SIDE_PX)

    def router(self, dependencies: Sequence[params.Depends]) -> APIRouter:
        """The route."""
        router = APIRouter(
            include_in_schema=False, default_response_class=Response, dependencies=dependencies
        )
        router.add_api_route(f"{MEDIA}{{name}}.jpg", self._serve, methods=["GET"])
        return router

    async def _serve(self, request: Request) -> Response:
        name = request.path_params["name"]
        found = await self._requests.released(name) if len(name) <= _DIGITS else None
        if found is None or found.media_type not in PICTURES:
            raise HTTPException(404, "there is no such picture")
        picture = await self._made.get(
            found.digest, lambda: self._evidence.get(found.digest, media_type=found.media_type)
        )
        # It may be withdrawn, so nobody keeps it for long.
        return Response(picture, media_type="image/jpeg", headers={"Cache-Control": "public, max-age=300"})
