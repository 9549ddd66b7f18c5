"""The fixes of a batch as columns, which makes checking and storing cost nanoseconds for each fix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo.datum import from_bd09, from_gcj02
from wire.messages import Position, as_epoch

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

_MICROSECONDS: Final = 1e6
_INSIDE: Final = "wgs84"
_FULL_TURN_DEG: Final = 360
_SWITCH: Final = {True: 1, False: 0, None: -1}


@dataclass(slots=True, kw_only=True, eq=False)
class Fixes:
    """One row for each fix, in the order of receipt; all columns have the same length.

    Attributes:
        message: index in the batch of the message with the fix, from 0.
        sender: `Sender.index` of the entity.
        time_us: microseconds since 1970-01-01T00:00:00Z; with the entity the natural key.
        lat, lon: degrees, WGS-84.
        speed_mps, heading_deg, altitude_m, accuracy_m: NaN if the device did not send it.
        ignition: 1 on, 0 off, -1 if the device did not send it.
        flags: bits of `store.quality.Quality`.
        no_fix: whether the receiver had no fix.
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
        """The chosen rows."""
        return Fixes(**{name: getattr(self, name)[chosen] for name in self.__slots__})


def columns(
    positions: Sequence[Position],
    messages: Sequence[int],
    senders: Sequence[int],
    counts: Sequence[int] | int = 1,
) -> Fixes:
    """Columns of fixes, in WGS-84, without flags yet.

    Args:
        positions: all fixes, those of one message together.
        messages: the index in the batch of each message with fixes.
        senders: the sender of each message.
        counts: the number of fixes of each message.
    """
    count = len(positions)
    try:
        seconds = np.fromiter([fix.time for fix in positions], np.float64, count)
    except TypeError:  # some times are RFC 3339 text
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
    """All rows of several batches of columns, in order."""
    return Fixes(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in Fixes.__slots__}
    )


def _optional(values: list[float | None]) -> Floats:
    """NaN for None; the first case is the fast and usual one."""
    if values and values[0] is None and values.count(None) == len(values):
        return np.full(len(values), np.nan)
    return np.array(values, dtype=np.float64)


def _switch(values: list[bool | None]) -> NDArray[np.int8]:
    try:
        return np.fromiter(values, np.int8, len(values))
    except TypeError:  # some values are absent
        return np.array([_SWITCH[value] for value in values], dtype=np.int8)
