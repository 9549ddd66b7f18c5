"""Decides when a fault of a camera becomes a maintenance case, and when it is over; pure.

A fault must last before it counts, and so must its end. A camera that a lorry covers for a minute is not a
case, and one whose fault comes and goes is one case. An unknown state (the box is offline) changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

CAMERA_FAULT_TYPE: Final = "camera_fault"
"""The incident type of a camera's fault; the city's policy has a rule for it, as for any incident type."""

TOO_MANY_ALARMS: Final = "too many alarms"
"""The fault of a camera that reports more incidents than are plausible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFaultLimits:
    """The limits that make a fault.

    Attributes:
        states: states of a camera that are faults, in addition to `TOO_MANY_ALARMS`.
        after: how long a fault must last before a case is opened, and be gone before it counts as over.
        alarms: largest number of incidents of one camera within `alarms_within` that is not a fault.
    """

    states: frozenset[str] = frozenset(
        {"no signal", "black", "white", "frozen", "covered", "defocused", "moved", "wrong size", "unfit"}
    )
    after: timedelta = timedelta(minutes=15)
    alarms: int = 30
    alarms_within: timedelta = timedelta(minutes=10)


class Tell(StrEnum):
    """The report that the case gets."""

    BEGUN = "begun"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFault:
    """A present fault of a camera.

    Attributes:
        state: the faulty state, in one word.
        since: when it was first seen.
        well_since: since when it has not been seen; None while it is.
        told: whether a case has it.
    """

    state: str
    since: datetime
    well_since: datetime | None = None
    told: bool = False


def judge(
    known: KnownFault | None, state: str | None, *, now: datetime, limits: CameraFaultLimits
) -> tuple[KnownFault | None, Tell | None]:
    """The fault after one more look, and the report that the case gets.

    Args:
        known: the fault before the look; None if there was none.
        state: the camera's present state; None if it is unknown.
        now: the time of the look.
        limits: the limits.
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
