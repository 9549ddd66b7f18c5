"""Different rows of one time: nothing that differs from what is stored is a duplicate of it (ADR 0140).

Rows are keyed by (entity, time), and many devices say several things of one second. The second of them is
stored one microsecond later, or as many as are needed to find a free one. A message that comes again is
compared with all rows of that millisecond, and so finds itself.
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
"""Different rows that one entity may have of one time; the SQL looks as far, a millisecond."""


_DAY_US: Final = 86_400_000_000
_EPOCH: Final = datetime.fromtimestamp(0, UTC)


def days(times_us: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.intp], datetime, datetime]]:
    """Rows by day, each with the span of its times and of the moments beside them.

    A query that is told the span looks into one or two chunks of a table. Without it, each row costs a look
    into all of them.
    """
    day = times_us // _DAY_US
    for each in np.unique(day).tolist():
        begin = _EPOCH + timedelta(days=each)
        yield np.flatnonzero(day == each), begin, begin + timedelta(days=1, microseconds=MOMENTS)


class TakenError(Exception):
    """Another transaction has taken the moment meanwhile; the transaction has to begin anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Where rows go whose time is taken by something else, each by its place in what was asked for.

    Attributes:
        moved: the rows to store, and their times in microseconds since 1970.
        repeated: rows that are the same as one before them.
        crowded: rows for which no moment is left.
    """

    moved: dict[int, int]
    repeated: list[int]
    crowded: list[int]


def beside(rows: Iterable[tuple[int, int, Hashable]], taken: set[tuple[int, int]]) -> Beside:
    """Find a free moment for each row.

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
    """The refusal of what has the same time as a thousand others."""
    return BadMessageError(
        Reason.TIME,
        f"{MOMENTS} different messages of its sender have this time already; its clock stands still: set it",
    )
