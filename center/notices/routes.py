"""Notices of the caller."""

from __future__ import annotations

from datetime import time
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from center.notices.models import Acknowledged, NoticePage, NoticeSettings
from center.people.access import Changer, Reader, ServicesDep
from center.web.answers import Json, answers
from center.web.cursors import LARGEST_ID
from center.web.parameters import Cursor, Text

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


_Hour = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class OwnQuietHours(BaseModel):
    """Quiet hours in the city's time; equal times for none."""

    model_config = ConfigDict(extra="forbid")

    begin: _Hour
    end: _Hour


class SettingsRequest(BaseModel):
    """Where and when the caller wants messages about notices."""

    model_config = ConfigDict(extra="forbid")

    addresses: Annotated[
        dict[
            Annotated[Text, Field(min_length=1, max_length=32)],
            Annotated[str, Field(pattern="^[A-Za-z0-9._@+-]{1,100}$")],
        ],
        Field(max_length=20, description="By channel; a channel that is left out sends nothing."),
    ] = {}
    quiet_hours: Annotated[OwnQuietHours | None, Field(description="Null for the city's.")] = None


@router.get("/settings", operation_id="getNoticeSettings", responses=answers(NoticeSettings, "The settings."))
async def settings(caller: Reader, services: ServicesDep) -> Response:
    """Where and when the caller has messages about notices."""
    return Json(await services.notices.settings(caller))


@router.put(
    "/settings", operation_id="setNoticeSettings",
    responses=answers(NoticeSettings, "They are set.", 400, 403, 413),
)  # fmt: skip
async def set_settings(wanted: SettingsRequest, caller: Changer, services: ServicesDep) -> Response:
    """Set where and when the caller has messages. Urgent notices come in quiet hours too."""
    hours = wanted.quiet_hours
    await services.notices.set_settings(
        caller,
        addresses=wanted.addresses,
        quiet=None if hours is None else (time.fromisoformat(hours.begin), time.fromisoformat(hours.end)),
    )
    return Json(await services.notices.settings(caller))
