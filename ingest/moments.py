"""Different rows with the same time: a row that differs from the stored one is no duplicate (ADR 0140).

Rows are keyed by (entity, time), and many devices send several rows for one second. The second row is stored
one microsecond later, the next one at the next free microsecond. A repeated message is compared with all rows
of that millisecond, and so is found to be a duplicate.
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
"""Greatest number of different rows of one entity with one time: one millisecond, as far as the SQL looks."""


_DAY_US: Final = 86_400_000_000
_EPOCH: Final = datetime.fromtimestamp(0, UTC)


def days(times_us: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.intp], datetime, datetime]]:
    """Group rows by day; yields the rows and the span of their times, with the milliseconds after them.

    With the span, a query searches one or two chunks of a table. Without it, each row would search all of
    them.
    """
    day = times_us // _DAY_US
    for each in np.unique(day).tolist():
        begin = _EPOCH + timedelta(days=each)
        yield np.flatnonzero(day == each), begin, begin + timedelta(days=1, microseconds=MOMENTS)


class TakenError(Exception):
    """Another transaction has taken the time meanwhile; the transaction must start again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """New times for rows whose time is taken by another row; a row is named by its index.

    Attributes:
        moved: the rows to store, and their times in microseconds since 1970.
        repeated: rows that are equal to one before them.
        crowded: rows for which no time is free.
    """

    moved: dict[int, int]
    repeated: list[int]
    crowded: list[int]


def beside(rows: Iterable[tuple[int, int, Hashable]], taken: set[tuple[int, int]]) -> Beside:
    """Find a free time for each row.

    Args:
        rows: entity, microseconds since 1970 and content, in the order of receipt; none is stored yet.
        taken: entity and microseconds of all rows of the same milliseconds that are stored.
    """
    found = Beside(moved={}, repeated=[], crowded=[])
    seen: dict[tuple[int, int, Hashable], bool] = {}  # and whether there was a moment for it
    nearest: dict[tuple[int, int], int] = {}  # where the search for a free one goes on
    for place, (entity, time_us, content) in enumerate(rows):
        key = entity, time_us, content
        if key in seen:
            (found.repeated if seen[key] else found.crowded).append(place)
            continue
        moment = nearest.get((entity, time_us), time_us)
        while (entity, moment) in taken and moment < time_us + MOMENTS:
            moment += 1
        nearest[entity, time_us] = moment
        seen[key] = moment < time_us + MOMENTS
        if not seen[key]:
            found.crowded.append(place)
        else:
            taken.add((entity, moment))
            found.moved[place] = moment
    return found


def crowded() -> BadMessageError:
    """The refusal of a message that has the same time as a thousand others."""
    return BadMessageError(
        Reason.TIME,
        f"{MOMENTS} different messages of its sender have this time already; its clock stands still: set it",
    )
