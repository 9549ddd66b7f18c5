"""The fixes of a batch as columns, so that checking and storing them costs nanoseconds each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ingest.datum import from_bd09, from_gcj02
from wire.messages import Position, as_epoch

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

_MICROSECONDS: Final = 1e6
_INSIDE: Final = "wgs84"
_FULL_TURN_DEG: Final = 360
_SWITCH: Final = {True: 1, False: 0, None: -1}


@dataclass(slots=True, kw_only=True, eq=False)
class Fixes:
    """One row a fix, in the order of receipt; all columns have the same length.

    Attributes:
        message: which message of the batch it came in, counted from 0.
        sender: `Sender.index` of who it is about.
        time_us: microseconds since 1970-01-01T00:00:00Z, the natural key together with the entity.
        lat, lon: degrees, WGS-84.
        speed_mps, heading_deg, altitude_m, accuracy_m: NaN where the device did not say.
        ignition: 1 on, 0 off, -1 where the device did not say.
        flags: bits of `store.quality.Quality`.
        no_fix: the receiver said that it had none.
    """

    message: Integers
    sender: Integers
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


def columns(
    positions: Sequence[Position],
    messages: Sequence[int],
    senders: Sequence[int],
    counts: Sequence[int] | int = 1,
) -> Fixes:
    """Columns of fixes, all in WGS-84, with no flags yet.

    Args:
        positions: all fixes, those of one message together.
        messages: for each message with fixes, its place in the batch;
        senders: whom its fixes are about;
        counts: how many it has.
    """
    count = len(positions)
    try:
        seconds = np.fromiter([fix.time for fix in positions], np.float64, count)
    except TypeError:  # some are RFC 3339
        seconds = np.array([as_epoch(fix.time) for fix in positions], dtype=np.float64)
    received = [fix.fix for fix in positions]
    heading_deg = _optional([fix.heading_deg for fix in positions])
    heading_deg[heading_deg == _FULL_TURN_DEG] = 0
    fixes = Fixes(
        message=np.repeat(np.array(messages, dtype=np.int64), counts),
        sender=np.repeat(np.array(senders, dtype=np.int64), counts),
        time_us=np.rint(seconds * _MICROSECONDS).astype(np.int64),
        lat=np.fromiter([fix.lat for fix in positions], np.float64, count),
        lon=np.fromiter([fix.lon for fix in positions], np.float64, count),
        speed_mps=_optional([fix.speed_mps for fix in positions]),
        heading_deg=heading_deg,
        altitude_m=_optional([fix.altitude_m for fix in positions]),
        accuracy_m=_optional([fix.accuracy_m for fix in positions]),
        ignition=_switch([fix.ignition for fix in positions]),
        no_fix=np.zeros(count, dtype=np.bool_) if all(received) else ~np.array(received, dtype=np.bool_),
        flags=np.zeros(count, dtype=np.int32),
    )
    datums = [fix.coord for fix in positions]
    if datums.count(_INSIDE) != count:
        for name, convert in (("gcj02", from_gcj02), ("bd09", from_bd09)):
            rows = np.array([datum == name for datum in datums])
            fixes.lat[rows], fixes.lon[rows] = convert(fixes.lat[rows], fixes.lon[rows])
    return fixes


def joined(parts: Sequence[Fixes]) -> Fixes:
    """All rows of some columns, in order."""
    return Fixes(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in Fixes.__slots__}
    )


def _optional(values: list[float | None]) -> Floats:
    """NaN where a device did not say; most devices always say a thing, or never."""
    if values and values[0] is None and values.count(None) == len(values):
        return np.full(len(values), np.nan)
    return np.array(values, dtype=np.float64)


def _switch(values: list[bool | None]) -> NDArray[np.int8]:
    try:
        return np.fromiter(values, np.int8, len(values))
    except TypeError:  # some did not say
        return np.array([_SWITCH[value] for value in values], dtype=np.int8)
