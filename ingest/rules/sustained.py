"""A condition that counts when it has held for long enough, and ends when it has ceased for long enough.

    OFF ──true──▶ RISING ──held long enough──▶ ON ──false──▶ FALLING ──ceased long enough──▶ OFF

Going ON and going OFF from FALLING (or from ON, where nothing needs to last) are events; a RISING that falls
back is none. All rules are conditions of this shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Stand(IntEnum):
    """Where a condition stands for one entity; stored as this number."""

    OFF = 0
    RISING = 1
    ON = 2
    FALLING = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """How long a condition must last.

    Attributes:
        hold_s: true for so long before it counts.
        release_s: false for so long before it ends.
        gap_s: a silence longer than this, while it is rising, starts the time anew.
    """

    hold_s: float = 0.0
    release_s: float = 0.0
    gap_s: float = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One condition of one entity that is not plainly off; times are epoch seconds.

    Attributes:
        stand: where it stands.
        began_s: since when it has been true.
        fell_s: since when it has been false again, while FALLING.
        seen_s: the last time it was looked at.
    """

    stand: Stand
    began_s: float
    fell_s: float
    seen_s: float

    def seen(self, at_s: float, stand: Stand | None = None) -> Held:
        """The same, looked at once more, perhaps standing otherwise."""
        return Held(
            stand=self.stand if stand is None else stand,
            began_s=self.began_s,
            fell_s=self.fell_s,
            seen_s=at_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one look did.

    Attributes:
        held: where it stands now; None is OFF.
        begun_s: when it began, if the look made it count.
        ended_s: when it ended, if the look ended it.
        changed: whether `stand` is another than before.
    """

    held: Held | None
    begun_s: float | None = None
    ended_s: float | None = None
    changed: bool = True


def unmoved(held: Held | None, seen_s: float, truth: int, at_s: float, lasting: Lasting) -> bool:
    """Whether a look would change nothing but when it was looked at last; quicker than `look`.

    Args:
        held: where it stands; None is OFF.
        seen_s: the last time it was looked at, which may be later than `held` knows.
        truth: as for `look`;
        at_s: likewise;
        lasting: likewise.
    """
    if held is None:
        return truth <= 0
    if held.stand is Stand.ON:
        return truth >= 0
    if held.stand is Stand.RISING:
        return truth >= 0 and at_s - seen_s <= lasting.gap_s and 0 <= at_s - held.began_s < lasting.hold_s
    return truth <= 0 and 0 <= at_s - held.fell_s < lasting.release_s


def look(held: Held | None, *, truth: int, at_s: float, lasting: Lasting) -> Step:
    """Look once.

    Args:
        held: where it stood; None is OFF.
        truth: 1 true, -1 false, 0 cannot say: then nothing but the passing of time counts.
        at_s: the moment of the look, later than any before; if not, our clock was ahead then, and what has
            to last begins to last now.
        lasting: how long it must last.
    """
    if held is None:
        return _look_off(truth, at_s, lasting)
    match held.stand:
        case Stand.RISING:
            return _look_rising(held, truth, at_s, lasting)
        case Stand.ON:
            return _look_on(held, truth, at_s, lasting)
        case _:
            return _look_falling(held, truth, at_s, lasting)


def _look_off(truth: int, at_s: float, lasting: Lasting) -> Step:
    if truth <= 0:
        return Step(held=None, changed=False)
    if lasting.hold_s <= 0:
        return Step(held=Held(stand=Stand.ON, began_s=at_s, fell_s=0.0, seen_s=at_s), begun_s=at_s)
    return Step(held=Held(stand=Stand.RISING, began_s=at_s, fell_s=0.0, seen_s=at_s))


def _look_rising(held: Held, truth: int, at_s: float, lasting: Lasting) -> Step:
    if truth < 0:
        return Step(held=None)
    if at_s - held.seen_s > lasting.gap_s or at_s < held.began_s:
        return Step(held=Held(stand=Stand.RISING, began_s=at_s, fell_s=0.0, seen_s=at_s))
    if at_s - held.began_s >= lasting.hold_s:
        return Step(held=held.seen(at_s, Stand.ON), begun_s=held.began_s)
    return Step(held=held.seen(at_s), changed=False)


def _look_on(held: Held, truth: int, at_s: float, lasting: Lasting) -> Step:
    if truth >= 0:
        return Step(held=held.seen(at_s), changed=False)
    if lasting.release_s <= 0:
        return Step(held=None, ended_s=at_s)
    return Step(held=Held(stand=Stand.FALLING, began_s=held.began_s, fell_s=at_s, seen_s=at_s))


def _look_falling(held: Held, truth: int, at_s: float, lasting: Lasting) -> Step:
    if truth > 0:
        return Step(held=held.seen(at_s, Stand.ON))
    if at_s < held.fell_s:
        return Step(held=Held(stand=Stand.FALLING, began_s=held.began_s, fell_s=at_s, seen_s=at_s))
    if at_s - held.fell_s >= lasting.release_s:
        return Step(held=None, ended_s=held.fell_s)
    return Step(held=held.seen(at_s), changed=False)
