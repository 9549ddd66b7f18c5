"""What the public reaches, as the settings switch it on; what is off has no routes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter

from casework.city_policy import CurrentPolicy
from center.open311.doors import Door, KeyDoor, PageDoor
from center.open311.intake import ReportIntake
from center.open311.media import ReleasedMedia
from center.open311.queries import ServiceRequests
from center.open311.routes import GeoReport
from center.settings import Public
from center.web.uploads import Uploads


def routers(
    chosen: Public,
    *,
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
        requests: reads reports.
        intake: takes them in.
        media: serves released pictures.
        uploads: reads bodies with files; apart from those of staff.
        policy: the city's decisions.
        clock: returns now, aware.
        seconds: a clock that never goes back.
        limited: called for each report that the page refuses because there are too many.
    """

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
            seconds=seconds,
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
        found.append(serve("/public/v2", door))
    if found:
        found.append(media.router())
    return found
