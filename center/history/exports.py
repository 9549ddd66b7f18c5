"""Fixes as files, streamed: the first bytes are sent before the last page is read.

Pages are made in a thread, so a large export does not delay the live feed.
"""

from __future__ import annotations

import csv
import io
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias
from xml.sax.saxutils import escape

import msgspec

from center.history.models import Fix
from center.history.queries import fixes_of, known
from geo.antimeridian import crossings
from geo.track import Track, moment
from store.history import EntityRef

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

Tracks = Callable[[EntityRef], AsyncIterator[Track]]


class ExportFormat(StrEnum):
    """The formats of an export."""

    GEOJSON = "geojson"
    GPX = "gpx"
    CSV = "csv"
    JSON = "json"


MEDIA_TYPES: Final = {
    ExportFormat.GEOJSON: "application/geo+json",
    ExportFormat.GPX: "application/gpx+xml",
    ExportFormat.CSV: "text/csv",
    ExportFormat.JSON: "application/json",
}


def export(
    kind: ExportFormat, entities: Sequence[EntityRef], tracks: Tracks, *, tolerance_m: float
) -> AsyncIterator[bytes]:
    """Write the fixes of some entities.

    Args:
        kind: the format.
        entities: the entities.
        tracks: returns an entity's fixes in pages.
        tolerance_m: leave out fixes if the line stays within this distance of them, metres; 0 keeps all.
    """

    async def simplified(entity: EntityRef) -> AsyncIterator[Track]:
        async for page in tracks(entity):
            yield await to_thread(page.simplified, tolerance_m)

    return _WRITERS[kind](entities, simplified)


async def _json(entities: Sequence[EntityRef], tracks: Tracks) -> AsyncIterator[bytes]:
    separator = b'{"fixes":['
    for entity in entities:
        async for page in tracks(entity):
            yield separator + (await to_thread(_json_page, entity, page))[1:-1]
            separator = b","
    yield (separator if separator != b"," else b"") + b"]}"


def _json_page(entity: EntityRef, page: Track) -> bytes:
    return msgspec.json.encode(fixes_of(entity, page))


async def _geojson(entities: Sequence[EntityRef], tracks: Tracks) -> AsyncIterator[bytes]:
    """One line for each page, with the times beside it; several pages of one entity have the same names.

    A line that crosses the 180th meridian is a MultiLineString, cut there (RFC 7946, 3.1.9). Its times and
    speeds are then a list for each part, with the interpolated time of the crossing, which has no speed.
    """
    separator = b'{"type":"FeatureCollection","features":['
    for entity in entities:
        async for page in tracks(entity):
            yield separator + await to_thread(_feature, entity, page)
            separator = b","
    yield (separator if separator != b"," else b"") + b"]}"


def _feature(entity: EntityRef, page: Track) -> bytes:
    parts = _parts(page)
    lines = [[place for place, _, _ in part] for part in parts]
    times = [[moment(at) for _, at, _ in part] for part in parts]
    speeds = [[speed for _, _, speed in part] for part in parts]
    whole = len(parts) == 1
    geometry: dict[str, object] = {"type": "MultiLineString", "coordinates": lines}
    if whole and len(page) == 1:
        geometry = {"type": "Point", "coordinates": lines[0][0]}
    elif whole:
        geometry = {"type": "LineString", "coordinates": lines[0]}
    return msgspec.json.encode(
        {
            "type": "Feature",
            "geometry": geometry,
            "properties": {
                "kind": entity.kind,
                "id": entity.id,
                "times": times[0] if whole else times,
                "speeds_mps": speeds[0] if whole else speeds,
            },
        }
    )


_Position: TypeAlias = tuple[list[float], int, float | None]
"""Longitude and latitude, microseconds since 1970, metres per second if known."""


def _parts(page: Track) -> list[list[_Position]]:
    """A line, cut where it crosses the 180th meridian."""
    lon, found = crossings(page.lat, page.lon)
    times = page.time_us.tolist()
    whole: list[_Position] = [
        ([east, north], at, known(speed))
        for east, north, at, speed in zip(
            lon.tolist(), page.lat.tolist(), times, page.speed_mps.tolist(), strict=True
        )
    ]
    parts, begin = [], 0
    head: list[_Position] = []
    for each in found:
        at = round(times[each.row] + (times[each.row + 1] - times[each.row]) * each.share)
        tail: list[_Position] = [([each.lon, each.lat], at, None)] if each.share else []
        parts.append([*head, *whole[begin : each.row + 1], *tail])
        begin = each.row + 1
        head = [([-each.lon, each.lat], at, None)]
    return [*parts, [*head, *whole[begin:]]]


async def _csv(entities: Sequence[EntityRef], tracks: Tracks) -> AsyncIterator[bytes]:
    yield _lines([Fix.__struct_fields__])
    for entity in entities:
        async for page in tracks(entity):
            yield await to_thread(_csv_page, entity, page)


def _csv_page(entity: EntityRef, page: Track) -> bytes:
    return _lines(
        (_cell(getattr(fix, name)) for name in Fix.__struct_fields__) for fix in fixes_of(entity, page)
    )


def _cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula (OWASP, "CSV Injection"); an id may begin with -."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _lines(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)  # RFC 4180
    return text.getvalue().encode()


async def _gpx(entities: Sequence[EntityRef], tracks: Tracks) -> AsyncIterator[bytes]:
    """GPX 1.1: a track for each entity, a segment for each page. The format has no element for speed."""
    yield (
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b'<gpx version="1.1" creator="Streetwarden" xmlns="http://www.topografix.com/GPX/1/1">'
    )
    for entity in entities:
        yield f"<trk><name>{escape(f'{entity.kind}/{entity.id}')}</name>".encode()
        async for page in tracks(entity):
            yield await to_thread(_segment, entity, page)
        yield b"</trk>"
    yield b"</gpx>\n"


def _segment(entity: EntityRef, page: Track) -> bytes:
    points = [
        f'<trkpt lat="{fix.lat:.7f}" lon="{fix.lon:.7f}">'
        + (f"<ele>{fix.altitude_m}</ele>" if fix.altitude_m is not None else "")
        + f"<time>{fix.time.isoformat().replace('+00:00', 'Z')}</time></trkpt>"
        for fix in fixes_of(entity, page)
    ]
    return f"<trkseg>{''.join(points)}</trkseg>".encode()


_WRITERS: Final = {
    ExportFormat.GEOJSON: _geojson,
    ExportFormat.GPX: _gpx,
    ExportFormat.CSV: _csv,
    ExportFormat.JSON: _json,
}
