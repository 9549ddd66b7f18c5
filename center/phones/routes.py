"""The caller's phone: whose it is on the map, and its positions."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from center.people.access import Changer, Reader, ServicesDep
from center.phones.models import Phone
from center.web.answers import Json, answers
from center.web.parameters import Latitude, Longitude, Moment
from wire import Position

router = APIRouter(prefix="/me", default_response_class=Response, tags=["phone"])

MAX_FIXES: Final = 400
"""Fixes of one request, so that its body stays below 64 KiB."""


class PhoneFix(BaseModel):
    """A fix of the phone, with its own time."""

    model_config = ConfigDict(extra="forbid")

    time: Annotated[Moment, Field(description="When the fix was taken, by the phone's clock.")]
    lat: Latitude
    lon: Longitude
    accuracy_m: Annotated[float | None, Field(ge=0, le=1_000_000)] = None
    speed_mps: Annotated[float | None, Field(ge=0, le=300)] = None
    heading_deg: Annotated[float | None, Field(ge=0, le=360)] = None

    def position(self) -> Position:
        """As devices report it."""
        return Position(
            time=self.time, lat=self.lat, lon=self.lon, accuracy_m=self.accuracy_m, speed_mps=self.speed_mps,
            heading_deg=self.heading_deg,
        )  # fmt: skip


class PhonePositions(BaseModel):
    """Where the phone was."""

    model_config = ConfigDict(extra="forbid")

    fixes: Annotated[list[PhoneFix], Field(min_length=1, max_length=MAX_FIXES)]


@router.get("/phone", operation_id="getMyPhone", responses=answers(Phone, "The phone.", 403))
async def phone(caller: Reader, services: ServicesDep) -> Response:
    """The phone of the caller's person, and whether and how often it should report its position."""
    return Json(
        Phone(
            device=await services.phone_reports.device_of(caller),
            reports=services.phone_reports.are_taken,
            every_s=services.phone_reports.every_s,
        )
    )


@router.post(
    "/positions", operation_id="reportMyPositions", status_code=204,
    responses=answers(None, "The broker has them.", 400, 403, 409, 413, 429, status=204, media_types=()),
)  # fmt: skip
async def positions(told: PhonePositions, caller: Changer, services: ServicesDep) -> Response:
    """Report positions of the caller's phone, in any order; late ones keep their own times."""
    fixes = sorted(told.fixes, key=lambda fix: fix.time)
    await services.phone_reports.take(caller, [fix.position() for fix in fixes])
    return Response(status_code=204)
