"""Different rows of one time: a row that differs from all stored rows is never a duplicate (ADR 0140).

Rows are keyed by (entity, time), but many devices send several messages with the same second. The second row
is stored one microsecond later, or at the next free microsecond. A repeated message is compared with all rows
of that millisecond, and so finds itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.errors import BadMessageError, Reason

MOMENTS: Final = 1000
"""Different rows that one entity may have of one time; the SQL searches the same millisecond."""


_DAY_US: Final = 86_400_000_000
_EPOCH: Final = datetime.fromtimestamp(0, UTC)


def days(times_us: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.intp], datetime, datetime]]:
    """Rows by day, each with the range of their times and of the microseconds after them.

    A query with a range reads one or two chunks of a table; without it, it reads all of them for each row.
    """
    day = times_us // _DAY_US
    for each in np.unique(day).tolist():
        begin = _EPOCH + timedelta(days=each)
        yield np.flatnonzero(day == each), begin, begin + timedelta(days=1, microseconds=MOMENTS)


class TakenError(Exception):
    """Another transaction has taken the time meanwhile; the transaction must be repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeTimes:
    """Free times for rows whose own time is taken; rows are given by their index in the argument.

    Attributes:
        moved: the rows to store, with their new times in microseconds since 1970.
        repeated: rows that are equal to an earlier one.
        without_time: rows without a free time.
    """

    moved: dict[int, int]
    repeated: list[int]
    without_time: list[int]


def free_times(rows: Iterable[tuple[int, int, Hashable]], taken: set[tuple[int, int]]) -> FreeTimes:
    """Find a free time for each row.

    Args:
        rows: entity, microseconds since 1970 and content, in the order of receipt; not stored yet.
        taken: entity and microseconds of all stored rows of the same milliseconds.
    """
    found = FreeTimes(moved={}, repeated=[], without_time=[])
    seen: dict[tuple[int, int, Hashable], bool] = {}  # rows found before: whether a time was free
    nearest: dict[tuple[int, int], int] = {}  # where to search next
    for place, (entity, time_us, content) in enumerate(rows):
        key = entity, time_us, content
        if key in seen:
            (found.repeated if seen[key] else found.without_time).append(place)
            continue
        moment = nearest.get((entity, time_us), time_us)
        while (entity, moment) in taken and moment < time_us + MOMENTS:
            moment += 1
        nearest[entity, time_us] = moment
        seen[key] = moment < time_us + MOMENTS
        if not seen[key]:
            found.without_time.append(place)
        else:
            taken.add((entity, moment))
            found.moved[place] = moment
    return found


def no_free_time() -> BadMessageError:
    """The refusal of a row whose millisecond is full."""
    return BadMessageError(
        Reason.TIME,
        f"{MOMENTS} different messages of this sender have this time already; its clock has stopped: set it",
    )
