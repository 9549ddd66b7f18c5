"""What the public reaches, as the settings switch it on; what is off has no routes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request

from casework.city_policy import CurrentPolicy
from center.open311.doors import Door, KeyDoor, PageDoor
from center.open311.intake import ReportIntake
from center.open311.media import ReleasedMedia
from center.open311.page import PublicPage
from center.open311.queries import ServiceRequests
from center.open311.routes import GeoReport
from center.settings import Public
from center.web.addresses import client_of
from center.web.rates import Rates
from center.web.uploads import Uploads

_MINUTE_S: Final = 60.0


def routers(
    chosen: Public,
    *,
    page: PublicPage,
    requests: ServiceRequests,
    intake: ReportIntake,
    media: ReleasedMedia,
    uploads: Uploads,
    policy: CurrentPolicy,
    clock: Callable[[], datetime],
    seconds: Callable[[], float],
    limited: Callable[[], None],
) -> list[APIRouter]:
    """The routes for the public.

    Args:
        chosen: the section `[public]` of the settings.
        page: serves the page and its map.
        requests: reads reports.
        intake: takes them in.
        media: serves released pictures.
        uploads: reads bodies with files; apart from those of staff.
        policy: the city's decisions.
        clock: returns now, aware.
        seconds: a clock that never goes back.
        limited: called for each report that the page refuses because there are too many.
    """
    rates = Rates(maximum=chosen.requests_per_minute, within_s=_MINUTE_S)

    def wait_s(client: str) -> float:
        return rates.wait_s(client, seconds())

    async def limit(request: Request) -> None:
        left_s = wait_s(client_of(request.client.host if request.client else ""))
        if left_s > 0:
            after = {"Retry-After": str(max(1, round(left_s)))}
            raise HTTPException(429, "too many requests; wait a moment", after)

    limited_too = [Depends(limit)]

    def serve(prefix: str, door: Door) -> APIRouter:
        return GeoReport(
            prefix=prefix,
            door=door,
            intake=intake,
            requests=requests,
            uploads=uploads,
            policy=policy,
            chosen=chosen,
            clock=clock,
            wait_s=wait_s,
        ).router()

    found = []
    if chosen.open311:
        found.append(serve("/open311/v2", KeyDoor(intake)))
    if chosen.page:
        door = PageDoor(
            per_address=chosen.reports_per_address,
            in_all=chosen.reports_per_hour,
            seconds=seconds,
            limited=limited,
        )
        found += [serve("/public/v2", door), page.router(limited_too)]
    if found:
        found.append(media.router(limited_too))
    return found
