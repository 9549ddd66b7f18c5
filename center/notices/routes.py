"""Notices of the caller."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from center.notices.caller_notices import LARGEST_ID
from center.notices.models import Acknowledged, NoticePage
from center.people.access import Changer, Reader, ServicesDep
from center.web.answers import Json, answers
from center.web.parameters import Cursor

router = APIRouter(prefix="/me/notices", default_response_class=Response, tags=["notices"])


class Acknowledgement(BaseModel):
    """Notices that the caller has seen."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[Annotated[int, Field(ge=1, le=LARGEST_ID)]], Field(min_length=1, max_length=200)]


@router.get("", operation_id="listMyNotices", responses=answers(NoticePage, "Some notices.", 403))
async def notices(
    caller: Reader,
    services: ServicesDep,
    waiting: Annotated[  # noqa: FBT002 (a parameter of the request)
        bool,
        Query(description="Only those that nobody has acknowledged, and whose case has not ended since."),
    ] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Cursor = None,
) -> Response:
    """The caller's notices, newest first."""
    return Json(await services.notices.page(caller, waiting=waiting, limit=limit, cursor=cursor))


@router.post(
    "/acknowledge", operation_id="acknowledgeNotices",
    responses=answers(Acknowledged, "They are acknowledged.", 400, 403, 413),
)  # fmt: skip
async def acknowledge(wanted: Acknowledgement, caller: Changer, services: ServicesDep) -> Response:
    """Acknowledge notices. For a desk or a role, one acknowledgement counts for all members."""
    return Json(Acknowledged(acknowledged=await services.notices.acknowledge(caller, wanted.ids)))
