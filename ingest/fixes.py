"""The fixes of a batch as columns, so that checking and storing them costs nanoseconds each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from msgspec.structs import astuple
from numpy.typing import NDArray

from ingest.datum import from_bd09, from_gcj02
from wire.messages import Position, as_epoch

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

_MICROSECONDS = 1e6


@dataclass(slots=True, kw_only=True, eq=False)
class Fixes:
    """One row a fix, in the order of receipt; all columns have the same length.

    Attributes:
        message: which message of the batch it came in, counted from 0.
        speaker: `Speaker.index` of who it is about.
        time_us: microseconds since 1970-01-01T00:00:00Z, the natural key together with the entity.
        lat, lon: degrees, WGS-84.
        speed_mps, heading_deg, altitude_m, accuracy_m: NaN where the device did not say.
        ignition: 1 on, 0 off, -1 where the device did not say.
        flags: bits of `store.quality.Quality`.
        no_fix: the receiver said that it had none.
    """

    message: Integers
    speaker: Integers
    time_us: Integers
    lat: Floats
    lon: Floats
    speed_mps: Floats
    heading_deg: Floats
    altitude_m: Floats
    accuracy_m: Floats
    ignition: NDArray[np.int8]
    no_fix: NDArray[np.bool_]
    flags: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.time_us)

    def rows(self, chosen: NDArray[np.bool_] | Integers) -> Fixes:
        """Some of the rows."""
        return Fixes(**{name: getattr(self, name)[chosen] for name in self.__slots__})


def columns(positions: Sequence[Position], messages: Sequence[int], speakers: Sequence[int]) -> Fixes:
    """Columns of fixes, all in WGS-84, with no flags yet."""
    count = len(positions)
    parts = zip(*map(astuple, positions), strict=True) if count else iter(((),) * 11)
    time, lat, lon, speed, heading, altitude, accuracy, ignition, fix, coord, _ = parts
    try:
        seconds = np.array(time, dtype=np.float64)
    except TypeError:  # some are RFC 3339
        seconds = np.array([as_epoch(moment) for moment in time])
    fixes = Fixes(
        message=np.array(messages, dtype=np.int64),
        speaker=np.array(speakers, dtype=np.int64),
        time_us=np.rint(seconds * _MICROSECONDS).astype(np.int64),
        lat=np.array(lat, dtype=np.float64),
        lon=np.array(lon, dtype=np.float64),
        speed_mps=np.array(speed, dtype=np.float64),
        heading_deg=np.array(heading, dtype=np.float64) % 360,
        altitude_m=np.array(altitude, dtype=np.float64),
        accuracy_m=np.array(accuracy, dtype=np.float64),
        ignition=np.nan_to_num(np.array(ignition, dtype=np.float64), nan=-1).astype(np.int8),
        no_fix=~np.array(fix, dtype=np.bool_),
        flags=np.zeros(count, dtype=np.int32),
    )
    for name, convert in (("gcj02", from_gcj02), ("bd09", from_bd09)):
        if name in coord:
            rows = np.array([value == name for value in coord])
            fixes.lat[rows], fixes.lon[rows] = convert(fixes.lat[rows], fixes.lon[rows])
    return fixes
