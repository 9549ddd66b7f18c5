"""Messages with a unique mark, by which they are found in the database."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import asyncpg

from bench.attack.target import PLACE
from wire.topics import Stream

_QUERIES: Final = {
    Stream.POSITION: "SELECT DISTINCT round(extract(epoch FROM time) * 1000)::bigint::text FROM position",
    Stream.TELEMETRY: "SELECT values->>'mark' FROM telemetry",
    Stream.STATUS: "SELECT program FROM device_status",
    Stream.FRAME: "SELECT encode(jpeg, 'hex') FROM camera_still",
    Stream.INCIDENT: "SELECT incident_id::text FROM incident",
    Stream.EVIDENCE: "SELECT digest FROM evidence",
}
_PIXEL: Final = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////"
    "////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA="
)
"""A whole JPEG of one grey pixel."""

_moments = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One message to publish, and how to know it in the database.

    Attributes:
        stream: of the message.
        mark: identifies it in its table.
        body: the JSON object.
    """

    stream: Stream
    mark: str
    body: dict[str, Any] = field(repr=False)

    @property
    def payload(self) -> bytes:
        """The payload."""
        return json.dumps(self.body).encode()


def record(stream: Stream, *, camera: str | None = None, **changes: Any) -> Record:
    """A valid, unique message of a stream.

    Args:
        stream: of the message.
        camera: that a frame or an incident names.
        changes: fields that replace its own.
    """
    moment = round(time.time() - 60 + next(_moments) * 0.001, 3)
    lat, lon = PLACE
    seen = {"lat": lat, "lon": lon}
    if stream is Stream.POSITION:
        return Record(stream=stream, mark=str(round(moment * 1000)), body={"time": moment, **seen, **changes})
    mark = uuid4().hex
    if stream is Stream.TELEMETRY:
        return Record(stream=stream, mark=mark, body={"time": moment, "values": {"mark": mark}, **changes})
    if stream is Stream.STATUS:
        return Record(
            stream=stream, mark=mark, body={"time": moment, "online": True, "program": mark, **changes}
        )
    picture = _PIXEL + b"\xff\xd9" + mark.encode()  # what follows the end of a JPEG is nobody's business
    encoded = base64.b64encode(picture).decode()
    named = {} if camera is None else {"camera": camera}
    if stream is Stream.FRAME:
        return Record(
            stream=stream, mark=picture.hex(), body={"time": moment, "jpeg": encoded, **named, **changes}
        )
    if stream is Stream.INCIDENT:
        incident = str(uuid4())
        body = {
            "incident_id": incident, "revision": 1, "phase": "begun", "type": "stall", "observed_at": moment,
            "began_at": moment, "zone": f"zone-{mark[:8]}", **seen, **named, **changes,
        }  # fmt: skip
        return Record(stream=stream, mark=incident, body=body)
    digest = hashlib.sha256(picture).hexdigest()
    body = {
        "incident_id": str(uuid4()), "digest": digest, "role": "finding", "taken_at": moment,
        "media_type": "image/jpeg", "data": encoded, **changes,
    }  # fmt: skip
    return Record(stream=stream, mark=digest, body=body)


async def stored(database_url: str, records: Sequence[Record]) -> set[str]:
    """The marks that are in the database."""
    connection = await asyncpg.connect(database_url)
    try:
        known: set[str] = set()
        for stream in {each.stream for each in records}:
            known.update(row[0] for row in await connection.fetch(_QUERIES[stream]) if row[0] is not None)
    finally:
        await connection.close()
    return {each.mark for each in records} & known
