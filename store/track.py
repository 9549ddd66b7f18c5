"""Tracks from the database, read by COPY: a vehicle's day in milliseconds, without an object for each fix."""

from __future__ import annotations

from typing import Final

import numpy as np

from geo.track import Track
from store.connection import Connection
from store.copy_rows import EPOCH_2000_US

_HEADER_BYTES: Final = 19
_COLUMNS: Final = (
    ("entity_id", ">i4"), ("time_us", ">i8"), ("lat", ">f8"), ("lon", ">f8"), ("speed_mps", ">f4"),
    ("heading_deg", ">f4"), ("altitude_m", ">f4"), ("accuracy_m", ">f4"),
    ("ignition", ">i2"), ("flags", ">i4"),
)  # fmt: skip
_ROW: Final = np.dtype(
    [("fields", ">i2")]
    + [part for name, kind in _COLUMNS for part in ((f"length of {name}", ">i4"), (name, kind))]
)


async def read_track(connection: Connection, query: str, *arguments: object) -> Track:
    """Run a query whose result has the columns of a track, without NULLs."""
    parts: list[bytes] = []

    async def keep(data: bytes) -> None:
        parts.append(bytes(data))

    await connection.copy_from_query(query.rstrip(";"), *arguments, output=keep, format="binary")
    data = b"".join(parts)
    count = (len(data) - _HEADER_BYTES) // _ROW.itemsize
    table = np.frombuffer(data, dtype=_ROW, offset=_HEADER_BYTES, count=count)
    whole = {name: table[name].astype(np.int64) for name, kind in _COLUMNS if "i" in kind}
    fractions = {name: table[name].astype(np.float64) for name, kind in _COLUMNS if "f" in kind}
    whole["time_us"] += EPOCH_2000_US
    return Track(
        entity_id=whole["entity_id"],
        time_us=whole["time_us"],
        ignition=whole["ignition"],
        flags=whole["flags"],
        **fractions,
    )
