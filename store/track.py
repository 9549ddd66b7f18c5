"""Fixes as columns, read by COPY: a day of a vehicle costs a few milliseconds, not one object a fix."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from store.connection import Connection
from store.copy_rows import EPOCH_2000_US
from store.presence import METRES_PER_DEGREE

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """Fixes of one or several entities, in order of entity and time; all columns have the same length.

    Attributes:
        entity_id: whose.
        time_us: microseconds since 1970-01-01T00:00:00Z.
        lat, lon: degrees, WGS-84.
        speed_mps, heading_deg, altitude_m, accuracy_m: NaN where the device did not say.
        ignition: 1 on, 0 off, -1 where the device did not say.
        flags: bits of `store.quality.Quality`.
    """

    entity_id: Integers
    time_us: Integers
    lat: Floats
    lon: Floats
    speed_mps: Floats
    heading_deg: Floats
    altitude_m: Floats
    accuracy_m: Floats
    ignition: Integers
    flags: Integers

    def __len__(self) -> int:
        return len(self.time_us)

    def rows(self, chosen: Integers | NDArray[np.bool_] | slice) -> Track:
        """Some of the rows."""
        return Track(**{name: getattr(self, name)[chosen] for name in self.__slots__})

    def steps_m(self) -> Floats:
        """Metres from each fix to the next; one less than there are fixes."""
        north = np.diff(self.lat) * METRES_PER_DEGREE
        turn = (np.diff(self.lon) + 180) % 360 - 180
        return np.hypot(north, turn * np.cos(np.radians(self.lat[:-1])) * METRES_PER_DEGREE)

    def simplified(self, tolerance_m: float) -> Track:
        """The fixes that a line needs to stay within so many metres of all (Douglas and Peucker)."""
        if tolerance_m <= 0 or len(self) <= 2:  # noqa: PLR2004 both ends stay
            return self
        x = (self.lon - self.lon[0]) * METRES_PER_DEGREE * np.cos(np.radians(self.lat[0]))
        y = (self.lat - self.lat[0]) * METRES_PER_DEGREE
        line = shapely.linestrings(np.column_stack((x, y, np.arange(len(self)))))  # z is which fix it is
        simple = shapely.simplify(line, tolerance_m, preserve_topology=False)
        kept = shapely.get_coordinates(simple, include_z=True)
        return self.rows(np.unique(kept[:, 2].astype(np.int64)))


async def read_track(connection: Connection, query: str, *arguments: object) -> Track:
    """Run a query that gives the columns of a track, none of them null."""
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


def moment(time_us: int) -> datetime:
    """Microseconds since 1970 as an aware UTC datetime, exactly."""
    return _EPOCH + timedelta(microseconds=time_us)
