"""When a fault of a camera becomes a maintenance case, and when it is over; pure.

A fault must last before it counts, and so must its end: a camera that a lorry covers for a minute is no case,
and one that comes and goes is one case. What nobody knows (the box is offline) changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

CAMERA_FAULT_TYPE: Final = "camera_fault"
"""The incident type of a camera's fault; a city's policy decides about it as about any other."""

TOO_MANY_ALARMS: Final = "too many alarms"
"""The fault of a camera that reports more than can be true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFaultLimits:
    """What counts as a fault.

    Attributes:
        states: words of a camera's state that are faults, besides `TOO_MANY_ALARMS`.
        after: how long it must last before a case is opened, and be gone before the case hears of that.
        alarms: incidents of one camera within `alarms_within` that are no fault yet.
    """

    states: frozenset[str] = frozenset(
        {"no signal", "black", "white", "frozen", "covered", "defocused", "moved", "wrong size", "unfit"}
    )
    after: timedelta = timedelta(minutes=15)
    alarms: int = 30
    alarms_within: timedelta = timedelta(minutes=10)


class Tell(StrEnum):
    """What the case is told."""

    BEGUN = "begun"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFault:
    """A fault of a camera that is under way.

    Attributes:
        state: the word.
        since: when it was first seen.
        well_since: since when it has not been seen; None while it is.
        told: a case knows of it.
    """

    state: str
    since: datetime
    well_since: datetime | None = None
    told: bool = False


def judge(
    known: KnownFault | None, state: str | None, *, now: datetime, limits: CameraFaultLimits
) -> tuple[KnownFault | None, Tell | None]:
    """What is known after one more look, and what the case is to be told.

    Args:
        known: before it.
        state: the word of the camera's state now; None if nobody knows.
        now: the moment of the look.
        limits: what counts.
    """
    if state is None:
        return known, None
    if state in limits.states or state == TOO_MANY_ALARMS:
        return _faulty(known, state, now, limits)
    if known is None or not known.told:
        return None, None
    well_since = known.well_since or now
    if now - well_since >= limits.after:
        return None, Tell.ENDED
    return replace(known, well_since=well_since), None


def _faulty(
    known: KnownFault | None, state: str, now: datetime, limits: CameraFaultLimits
) -> tuple[KnownFault, Tell | None]:
    since = now if known is None else known.since
    told = known is not None and known.told
    lasted = now - since >= limits.after or state == TOO_MANY_ALARMS
    tell = Tell.BEGUN if lasted and not told else None
    return KnownFault(state=state, since=since, told=told or lasted), tell
