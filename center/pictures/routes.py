"""The cameras' newest stills, and evidence. Pages load them automatically, so they do not count as use."""

from __future__ import annotations

from datetime import UTC
from email.utils import format_datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query
from starlette.responses import Response

from center.people.access import Caller, ServicesDep, may_look_on, not_allowed
from center.pictures.thumbnails import SIDE_PX
from center.web.answers import Refusal, answers
from center.web.media_types import PICTURES, TAKEN
from center.web.parameters import Text

router = APIRouter(default_response_class=Response, tags=["pictures"])

CameraId = Annotated[Text, Path(min_length=1, max_length=64)]
Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


class PictureSize(StrEnum):
    """The size of a picture."""

    FULL = "full"
    THUMBNAIL = "thumbnail"


Size = Annotated[
    PictureSize,
    Query(description=f"`thumbnail` for a JPEG of at most {SIDE_PX} pixels a side, as lists show it."),
]


@router.get(
    "/cameras/{camera}/still", operation_id="getStill",
    responses=answers(None, "The newest still of the camera.", 403, 404, media_types=("image/jpeg",)),
)  # fmt: skip
async def still(
    camera: CameraId,
    caller: Annotated[Caller, Depends(may_look_on("camera.read"))],
    services: ServicesDep,
    size: Size = PictureSize.FULL,
    if_none_match: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """The newest still; its time is in `Last-Modified` and in the live feed."""
    found = await services.pictures.still(camera)
    if found is None or not caller.scope("camera.read").contains(district=found[2]):
        raise Refusal(404, "no_still", f"camera {camera} has sent no still yet")
    jpeg, time, _ = found
    whole = f"{time.timestamp():.3f}"
    tag = f'"{whole}"' if size is PictureSize.FULL else f'"{whole}-{size}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Last-Modified": format_datetime(time.astimezone(UTC), usegmt=True),
    }
    if if_none_match == tag:
        return Response(status_code=304, headers=headers)
    if size is PictureSize.THUMBNAIL:

        async def read() -> bytes:
            return jpeg

        jpeg = await services.thumbnails.get(f"still {camera} {whole}", read)
    return Response(jpeg, media_type="image/jpeg", headers=headers)


@router.get(
    "/evidence/{digest}", operation_id="getEvidence",
    responses=answers(None, "The file.", 403, 404, 502, media_types=TAKEN),
)  # fmt: skip
async def evidence(
    digest: Digest,
    caller: Annotated[Caller, Depends(may_look_on("evidence.read"))],
    services: ServicesDep,
    size: Size = PictureSize.FULL,
    if_none_match: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """A picture or clip by the SHA-256 of its contents; it never changes. Access to whole files is logged."""
    media_type = await services.pictures.media_type(digest, caller.scope("evidence.read"))
    if media_type is None:
        raise Refusal(404, "no_evidence", f"there is no evidence {digest}")
    tag = f'"{digest}"' if size is PictureSize.FULL else f'"{digest}-{size}"'
    headers = {
        "ETag": tag,
        # Only a thumbnail may be cached, for this session; each access to a whole file is checked and logged.
        "Cache-Control": "private, max-age=31536000, immutable"
        if size is not PictureSize.FULL
        else "private, no-cache",
        "Vary": "Cookie",
        "Content-Disposition": "inline",
    }
    if size is PictureSize.FULL:
        if await services.pictures.media_type(digest, caller.scope("evidence.original")) is None:
            raise not_allowed("evidence.original")
        await services.audit.note(caller, "evidence.original", digest)
    if if_none_match == tag:
        return Response(status_code=304, headers=headers)
    if size is PictureSize.FULL:
        data = await services.evidence.get(digest, media_type=media_type)
        return Response(data, media_type=media_type, headers=headers)
    if media_type not in PICTURES:
        raise Refusal(404, "no_thumbnail", f"evidence {digest} is {media_type}, which has no thumbnail")
    small = await services.thumbnails.get(
        digest, lambda: services.evidence.get(digest, media_type=media_type)
    )
    return Response(small, media_type="image/jpeg", headers=headers)
