"""Queries about the past."""

from __future__ import annotations

import math
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from center.database import Database
from center.history.models import (
    Fix,
    FixPage,
    HistoryGap,
    HistoryLeg,
    Journeys,
    Place,
    Sample,
    SamplePage,
    SpeedBucket,
    SpeedProfile,
    Visit,
    VisitList,
)
from center.models import EntityKind, Time
from center.web import cursors
from center.web.answers import Refusal
from geo.journeys import Journey, JourneyThresholds, gaps, journeys, profile
from geo.track import Track, moment
from store import history
from store.history import EntityRef
from store.queries import load

MAX_JOURNEY_FIXES = 1_000_000
"""Maximum number of fixes for trips and stops in one request: about a month of one every three seconds."""

_Number = Annotated[int, Meta(ge=0, lt=2**31)]
_FIX: Final = msgspec.json.Decoder(tuple[Time, _Number])
_SAMPLE: Final = msgspec.json.Decoder(tuple[Time])
_SQL = load("history")


class History:
    """Reads from the database.

    Args:
        database: holds everything.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(
        self, entities: Sequence[tuple[str, str]], *, sees: Callable[[EntityRef], bool]
    ) -> list[EntityRef]:
        """Look up entities by (kind, id); 404 if one is unknown, or may not be seen."""
        found = [each for each in await history.find(self._database.reading, entities) if sees(each)]
        missing = set(entities) - {(each.kind, each.id) for each in found}
        if missing:
            kind, identity = min(missing)
            raise Refusal(404, "no_entity", f"nothing was ever received from {kind}/{identity}")
        return found

    def tracks(
        self, entity: EntityRef, begin: datetime, end: datetime, *, doubtful: bool
    ) -> AsyncIterator[Track]:
        """One entity's fixes in pages."""
        return history.pages(self._database.reading, entity, begin, end, doubtful=doubtful)

    async def page(
        self,
        entities: Sequence[EntityRef],
        begin: datetime,
        end: datetime,
        *,
        doubtful: bool,
        limit: int,
        cursor: str | None,
    ) -> FixPage:
        """A page of fixes of several entities."""
        after, number = cursors.read(cursor, _FIX, (begin, 0))
        fixes: list[Fix] = []
        for entity in sorted(entities, key=lambda each: each.entity_id):
            if entity.entity_id < number:
                continue
            since = max(begin, after) if entity.entity_id == number else begin
            room = limit - len(fixes)
            track = await history.read(
                self._database.reading, entity, since, end, doubtful=doubtful, maximum=room + 1
            )
            fixes += await to_thread(fixes_of, entity, track.rows(slice(room)))
            if len(track) > room:
                following = moment(int(track.time_us[room]))
                return FixPage(fixes=fixes, next_cursor=cursors.write((following, entity.entity_id)))
        return FixPage(fixes=fixes, next_cursor=None)

    async def telemetry(
        self,
        entity: EntityRef,
        begin: datetime,
        end: datetime,
        *,
        reading: str | None,
        limit: int,
        cursor: str | None,
    ) -> SamplePage:
        """A page of readings, and the latest of each."""
        (since,) = cursors.read(cursor, _SAMPLE, (begin,))
        async with self._database.reading() as connection:
            found = await connection.fetch(
                _SQL["telemetry"], entity.entity_id, max(begin, since), end, reading, limit + 1
            )
            latest = await connection.fetchrow(_SQL["latest_telemetry"], entity.entity_id)
        return SamplePage(
            kind=EntityKind(entity.kind),
            id=entity.id,
            latest=Sample(**latest) if latest is not None else None,
            samples=[
                Sample(
                    time=row["time"],
                    values=row["values"] if reading is None else {reading: row["values"][reading]},
                )
                for row in found[:limit]
            ],
            next_cursor=cursors.write((found[limit]["time"],)) if len(found) > limit else None,
        )

    async def journeys(
        self, entity: EntityRef, begin: datetime, end: datetime, thresholds: JourneyThresholds
    ) -> Journeys:
        """Trips and stops."""
        track = await self._whole(entity, begin, end)
        found = await to_thread(journeys, track, thresholds)
        return Journeys(
            kind=EntityKind(entity.kind),
            id=entity.id,
            legs=[_leg(track, each) for each in found],
            gaps=_gaps(track, thresholds),
            distance_m=sum(each.distance_m for each in found),
            moving_s=sum(each.end_us - each.begin_us for each in found if each.moving) / 1e6,
            standing_s=sum(each.end_us - each.begin_us for each in found if not each.moving) / 1e6,
        )

    async def speed(self, entity: EntityRef, begin: datetime, end: datetime, buckets: int) -> SpeedProfile:
        """The speed profile."""
        found = await to_thread(profile, await self._whole(entity, begin, end), buckets)
        rows = zip(
            *(
                column.tolist()
                for column in (found.begin_us, found.mean_mps, found.top_mps, found.distance_m)
            ),
            strict=True,
        )
        return SpeedProfile(
            kind=EntityKind(entity.kind),
            id=entity.id,
            buckets=[
                SpeedBucket(begin=moment(at), mean_mps=mean, top_mps=top, distance_m=along)
                for at, mean, top, along in rows
            ],
        )

    async def visits(
        self,
        *,
        lat: float,
        lon: float,
        radius_m: float,
        begin: datetime,
        end: datetime,
        sees: Callable[[EntityRef], bool],
    ) -> VisitList:
        """Visits near a place, of entities that may be seen."""
        found = await history.visits(
            self._database.reading, lat=lat, lon=lon, radius_m=radius_m, begin=begin, end=end
        )
        return VisitList(
            visits=[
                Visit(
                    kind=EntityKind(each.entity.kind),
                    id=each.entity.id,
                    first_at=each.first_at,
                    last_at=each.last_at,
                    fixes=each.fixes,
                    nearest_m=round(each.nearest_m, 1),
                )
                for each in found
                if sees(each.entity)
            ]
        )

    async def _whole(self, entity: EntityRef, begin: datetime, end: datetime) -> Track:
        track = await history.read(self._database.reading, entity, begin, end, maximum=MAX_JOURNEY_FIXES)
        if len(track) == MAX_JOURNEY_FIXES:
            raise Refusal(422, "too_long", "the period has too many fixes for this; request a shorter one")
        return track


def fixes_of(entity: EntityRef, track: Track) -> list[Fix]:
    """The rows of a track as structs."""
    columns = (
        track.time_us, track.lat, track.lon, track.speed_mps, track.heading_deg, track.altitude_m,
        track.accuracy_m, track.ignition, track.flags,
    )  # fmt: skip
    kind = EntityKind(entity.kind)
    return [
        Fix(
            kind=kind,
            id=entity.id,
            time=moment(at),
            lat=lat,
            lon=lon,
            speed_mps=known(speed),
            heading_deg=known(heading),
            altitude_m=known(altitude),
            accuracy_m=known(accuracy),
            ignition=None if ignition < 0 else bool(ignition),
            flags=flags,
        )
        for at, lat, lon, speed, heading, altitude, accuracy, ignition, flags in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]


def known(value: float) -> float | None:
    """A 32-bit value of the database, rounded to its precision; NaN becomes None."""
    return None if math.isnan(value) else round(value, 3)


def _leg(track: Track, each: Journey) -> HistoryLeg:
    took_s = (each.end_us - each.begin_us) / 1e6
    return HistoryLeg(
        what="trip" if each.moving else "stop",
        begin=moment(each.begin_us),
        until=moment(each.end_us),
        start=_place(track, each.first),
        end=_place(track, each.last),
        distance_m=round(each.distance_m, 1),
        mean_mps=round(each.distance_m / took_s, 3) if each.moving and took_s else None,
        top_mps=known(each.top_mps) if each.moving else None,
        idling_s=0.0 if each.moving else each.ignition_s,
    )


def _gaps(track: Track, thresholds: JourneyThresholds) -> list[HistoryGap]:
    way_m = track.steps_m()
    return [
        HistoryGap(
            begin=moment(int(track.time_us[row])),
            until=moment(int(track.time_us[row + 1])),
            start=_place(track, row),
            end=_place(track, row + 1),
            distance_m=round(float(way_m[row]), 1),
        )
        for row in gaps(track, thresholds).tolist()
    ]


def _place(track: Track, row: int) -> Place:
    return Place(lat=float(track.lat[row]), lon=float(track.lon[row]))
