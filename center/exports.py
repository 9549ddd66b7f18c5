"""Fixes as files, written while they are read: the first bytes leave before the last page is asked for."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from enum import StrEnum
from typing import Final
from xml.sax.saxutils import escape

import msgspec

from center.history import Fix, fixes_of, known
from store.history import Named
from store.track import Track, moment

Tracks = Callable[[Named], AsyncIterator[Track]]


class ExportFormat(StrEnum):
    """What an export can be."""

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
    kind: ExportFormat, entities: Sequence[Named], tracks: Tracks, *, tolerance_m: float
) -> AsyncIterator[bytes]:
    """Write the fixes of some entities.

    Args:
        kind: the format.
        entities: whose.
        tracks: their fixes in pages.
        tolerance_m: leave out fixes that a line need not pass to stay so near all others; 0 keeps them all.
    """

    async def simplified(entity: Named) -> AsyncIterator[Track]:
        async for page in tracks(entity):
            yield page.simplified(tolerance_m)

    return _WRITERS[kind](entities, simplified)


async def _json(entities: Sequence[Named], tracks: Tracks) -> AsyncIterator[bytes]:
    separator = b'{"fixes":['
    for entity in entities:
        async for page in tracks(entity):
            body = msgspec.json.encode(fixes_of(entity, page))
            yield separator + body[1:-1]
            separator = b","
    yield (separator if separator != b"," else b"") + b"]}"


async def _geojson(entities: Sequence[Named], tracks: Tracks) -> AsyncIterator[bytes]:
    """One LineString a page, with the times beside it; several pages of one entity have the same `entity`."""
    separator = b'{"type":"FeatureCollection","features":['
    for entity in entities:
        async for page in tracks(entity):
            line = [list(place) for place in zip(page.lon.tolist(), page.lat.tolist(), strict=True)]
            single = len(line) == 1
            feature = {
                "type": "Feature",
                "geometry": {
                    "type": "Point" if single else "LineString",
                    "coordinates": line[0] if single else line,
                },
                "properties": {
                    "kind": entity.kind,
                    "id": entity.id,
                    "times": [moment(at) for at in page.time_us.tolist()],
                    "speeds_mps": [known(speed) for speed in page.speed_mps.tolist()],
                },
            }
            yield separator + msgspec.json.encode(feature)
            separator = b","
    yield (separator if separator != b"," else b"") + b"]}"


async def _csv(entities: Sequence[Named], tracks: Tracks) -> AsyncIterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")  # RFC 4180
    writer.writerow(Fix.__struct_fields__)
    for entity in entities:
        async for page in tracks(entity):
            for fix in fixes_of(entity, page):
                writer.writerow(
                    fix.time.isoformat() if name == "time" else getattr(fix, name)
                    for name in Fix.__struct_fields__
                )
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


async def _gpx(entities: Sequence[Named], tracks: Tracks) -> AsyncIterator[bytes]:
    """GPX 1.1: a track an entity, a segment a page. The format has no element for speed."""
    yield (
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b'<gpx version="1.1" creator="Streetwarden" xmlns="http://www.topografix.com/GPX/1/1">'
    )
    for entity in entities:
        yield f"<trk><name>{escape(f'{entity.kind}/{entity.id}')}</name>".encode()
        async for page in tracks(entity):
            points = [
                f'<trkpt lat="{fix.lat:.7f}" lon="{fix.lon:.7f}">'
                + (f"<ele>{fix.altitude_m}</ele>" if fix.altitude_m is not None else "")
                + f"<time>{fix.time.isoformat().replace('+00:00', 'Z')}</time></trkpt>"
                for fix in fixes_of(entity, page)
            ]
            yield f"<trkseg>{''.join(points)}</trkseg>".encode()
        yield b"</trk>"
    yield b"</gpx>\n"


_WRITERS: Final = {
    ExportFormat.GEOJSON: _geojson,
    ExportFormat.GPX: _gpx,
    ExportFormat.CSV: _csv,
    ExportFormat.JSON: _json,
}
