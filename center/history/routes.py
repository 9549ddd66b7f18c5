"""The past: positions, trips and stops, speed, visits, rule events."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from center.history.exports import MEDIA_TYPES, ExportFormat, export
from center.history.models import FixPage, Journeys, RuleEventPage, SamplePage, SpeedProfile, VisitList
from center.history.rule_events import RuleEventFilter
from center.models import EntityKind
from center.people.access import Caller, ServicesDep, may, not_allowed
from center.web.answers import Json, Refusal, answers
from center.web.parameters import Cursor, Identity, Latitude, Longitude, Metres, Moment, Seconds, Text
from geo.journeys import JourneyThresholds
from store.history import EntityRef

router = APIRouter(prefix="/history", default_response_class=Response, tags=["history"])

Historian = Annotated[Caller, Depends(may("history.read"))]

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_.-]|^\.")
"""Characters that are not allowed in a file name here."""

_LONGEST: Final = timedelta(days=366)
_LONGEST_NEAR: Final = timedelta(days=31)

_EXPORTS: Final = answers(
    None, "The file, streamed while it is made.", 403, 404, media_types=tuple(MEDIA_TYPES.values())
)
for _kind in (ExportFormat.JSON, ExportFormat.GEOJSON):
    _EXPORTS[200]["content"][MEDIA_TYPES[_kind]]["schema"] = {"type": "object"}

EntityName = Annotated[Text, Field(max_length=100)]
Begin = Annotated[Moment, Query(description="From this time; RFC 3339 with a time zone.")]
End = Annotated[Moment, Query(description="Up to, not including, this time.")]
Entities = Annotated[
    list[EntityName],
    Query(alias="entity", min_length=1, max_length=100, description="`kind/id`; may be repeated."),
]
Doubtful = Annotated[bool, Query(description="Include doubtful fixes, which the map does not show.")]


@router.get("/positions", operation_id="listFixes", responses=answers(FixPage, "Some fixes.", 403, 404))
async def positions(
    caller: Historian,
    services: ServicesDep,
    *,
    entity: Entities,
    begin: Begin,
    end: End,
    doubtful: Doubtful = False,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    cursor: Cursor = None,
) -> Response:
    """Fixes of one or many entities in a period, oldest first, one entity after the other, in pages."""
    _check(begin, end, _LONGEST)
    named = await _find(caller, services, _names(entity), begin, end)
    return Json(await services.history.page(named, begin, end, doubtful=doubtful, limit=limit, cursor=cursor))


@router.get(
    "/export", operation_id="exportFixes",
    responses=_EXPORTS,
)  # fmt: skip
async def export_fixes(
    caller: Annotated[Caller, Depends(may("export.read"))],
    services: ServicesDep,
    *,
    entity: Entities,
    begin: Begin,
    end: End,
    format: ExportFormat = ExportFormat.GEOJSON,  # noqa: A002 what the API calls it
    tolerance_m: Annotated[
        Metres,
        Query(
            ge=0, le=10_000, description="Simplify lines to within this distance, metres; 0 keeps all fixes."
        ),
    ] = 0,
    doubtful: Doubtful = False,
) -> Response:
    """All fixes of one or many entities in a period, as a file."""
    _check(begin, end, _LONGEST)
    named = await _find(caller, services, _names(entity), begin, end)
    body = export(
        format,
        named,
        lambda each: services.history.tracks(each, begin, end, doubtful=doubtful),
        tolerance_m=tolerance_m,
    )
    name = f"{named[0].kind}-{named[0].id}" if len(named) == 1 else f"{len(named)}-entities"
    file = f"{_UNSAFE.sub('_', name)}-{begin:%Y%m%d}.{format.value}"
    return StreamingResponse(
        body,
        media_type=MEDIA_TYPES[format],
        headers={
            "Content-Disposition": f'attachment; filename="{file}"',
            "Cache-Control": "private, no-store",
        },
    )


@router.get(
    "/{kind}/{identity}/telemetry", operation_id="listReadings",
    responses=answers(SamplePage, "Some readings.", 403, 404),
)  # fmt: skip
async def telemetry(
    caller: Historian,
    services: ServicesDep,
    *,
    kind: EntityKind,
    identity: Identity,
    begin: Begin,
    end: End,
    reading: Annotated[
        Text | None, Query(min_length=1, max_length=64, description="Only this reading, such as tilt_deg.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    cursor: Cursor = None,
) -> Response:
    """Readings of one entity in a period, in pages, and the latest value of each."""
    _check(begin, end, _LONGEST)
    named = await _one(caller, services, (kind, identity), begin, end)
    return Json(
        await services.history.telemetry(named, begin, end, reading=reading, limit=limit, cursor=cursor)
    )


@router.get(
    "/{kind}/{identity}/journeys", operation_id="listJourneys",
    responses=answers(Journeys, "Trips and stops.", 403, 404),
)  # fmt: skip
async def journeys(
    caller: Historian,
    services: ServicesDep,
    *,
    kind: EntityKind,
    identity: Identity,
    begin: Begin,
    end: End,
    stop_s: Annotated[
        Seconds, Query(ge=10, le=86_400, description="Standing for this long is a stop.")
    ] = 180,
    gap_s: Annotated[
        Seconds,
        Query(ge=10, le=86_400, description="A silence of this length, with a change of place, is a gap."),
    ] = 180,
) -> Response:
    """Trips and stops of one entity, with distances and speeds, and gaps."""
    _check(begin, end, _LONGEST)
    named = await _one(caller, services, (kind, identity), begin, end)
    return Json(
        await services.history.journeys(named, begin, end, JourneyThresholds(stop_s=stop_s, gap_s=gap_s))
    )


@router.get(
    "/{kind}/{identity}/speed", operation_id="getSpeedProfile",
    responses=answers(SpeedProfile, "The speed profile.", 403, 404),
)  # fmt: skip
async def speed(
    caller: Historian,
    services: ServicesDep,
    *,
    kind: EntityKind,
    identity: Identity,
    begin: Begin,
    end: End,
    buckets: Annotated[int, Query(ge=1, le=5000)] = 200,
) -> Response:
    """Speed of one entity over a period."""
    _check(begin, end, _LONGEST)
    named = await _one(caller, services, (kind, identity), begin, end)
    return Json(await services.history.speed(named, begin, end, buckets))


@router.get("/visits", operation_id="listVisits", responses=answers(VisitList, "Who was there.", 403))
async def visits(
    caller: Historian,
    services: ServicesDep,
    *,
    lat: Annotated[Latitude, Query()],
    lon: Annotated[Longitude, Query()],
    begin: Begin,
    end: End,
    radius_m: Annotated[Metres, Query(ge=1, le=5000)] = 100,
) -> Response:
    """Entities within a distance of a place in a period."""
    _check(begin, end, _LONGEST_NEAR)
    staff = caller.scope("staff_track.read")
    if staff:
        await services.audit.note(
            caller,
            "staff_track.read",
            f"place/{lat:.6f},{lon:.6f}",
            radius_m=radius_m,
            begin=begin.isoformat(),
            end=end.isoformat(),
        )
    found = await services.history.visits(
        lat=lat, lon=lon, radius_m=radius_m, begin=begin, end=end,
        sees=partial(_sees, caller),
    )  # fmt: skip
    return Json(found)


@router.get("/events", operation_id="listEvents", responses=answers(RuleEventPage, "Some events.", 403, 404))
async def events(
    caller: Historian,
    services: ServicesDep,
    *,
    begin: Begin,
    end: End,
    rule: Annotated[Text | None, Query(max_length=64)] = None,
    entity: Annotated[EntityName | None, Query(description="`kind/id`.")] = None,
    kind: Annotated[EntityKind | None, Query(description="Only of this kind of entity.")] = None,
    watches: Annotated[
        Text | None, Query(max_length=64, description="Only of rules of this kind, such as speed.")
    ] = None,
    phase: Annotated[
        Literal["begun", "ended"] | None,
        Query(description="Only rule events that began, or only those that ended."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Cursor = None,
) -> Response:
    """Rule events, newest first. New ones are also on the live feed."""
    _check(begin, end, _LONGEST)
    chosen = RuleEventFilter(
        rule=rule,
        entity=None if entity is None else (await _find(caller, services, _names([entity]), begin, end))[0],
        kind=kind,
        watches=watches,
        phase=phase,
        districts=caller.scope("history.read").districts,
        staff_districts=caller.scope("staff_track.read").districts,
    )
    return Json(await services.rule_events.page(chosen, begin, end, limit=limit, cursor=cursor))


async def _one(
    caller: Caller, services: ServicesDep, named: tuple[EntityKind, str], begin: datetime, end: datetime
) -> EntityRef:
    return (await _find(caller, services, [(str(named[0]), named[1])], begin, end))[0]


async def _find(
    caller: Caller, services: ServicesDep, named: list[tuple[str, str]], begin: datetime, end: datetime
) -> list[EntityRef]:
    """Entities by (kind, id), if the caller may see their past. Access to staff is logged.

    Raises:
        Refusal: 403, one is a person, and the caller may see nobody's track; 404, one is unknown, or out of
            scope.
    """
    staff = [f"{kind}/{identity}" for kind, identity in named if kind == EntityKind.PERSON]
    if staff and not caller.may("staff_track.read"):
        raise not_allowed("staff_track.read")
    found = await services.history.find(named, sees=partial(_sees, caller))
    if staff:
        await services.audit.note(
            caller, "staff_track.read", *staff, begin=begin.isoformat(), end=end.isoformat()
        )
    return found


def _sees(caller: Caller, entity: EntityRef) -> bool:
    rights = ("history.read", "staff_track.read") if entity.kind == EntityKind.PERSON else ("history.read",)
    return all(caller.scope(right).contains(district=entity.district) for right in rights)


def _names(entities: list[str]) -> list[tuple[str, str]]:
    found = []
    for entity in entities:
        kind, slash, identity = entity.partition("/")
        if not slash or kind not in set(EntityKind) or not identity:
            raise Refusal(422, "invalid", f"entity {entity[:80]!r} is not kind/id, such as vehicle/v1")
        found.append((kind, identity))
    return sorted(set(found))


def _check(begin: datetime, end: datetime, longest: timedelta) -> None:
    if end <= begin or end - begin > longest:
        raise Refusal(422, "invalid", f"end must be after begin, by at most {longest.days} days")
