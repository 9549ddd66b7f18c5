"""The state of a camera, in one word. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from detectors.health.detector import Fault
from edge.worker import Condition


class State(StrEnum):
    """The state in one word; people read it in the box's status."""

    STARTING = "starting"
    WATCHING = "watching"
    NO_SIGNAL = "no signal"
    UNFIT = "unfit"  # its covers or zones do not fit its picture
    FAILED = "failed"
    HUNG = "hung"
    ENDED = "ended"  # the end of a file that does not loop
    BLACK = "black"
    WHITE = "white"
    FROZEN = "frozen"
    COVERED = "covered"
    DEFOCUSED = "defocused"
    MOVED = "moved"
    WRONG_SIZE = "wrong size"


_FAULTS: Final[dict[Fault | None, State]] = {fault: State(fault.value.replace("_", " ")) for fault in Fault}
_UNREADABLE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts that decide the state of a camera.

    Attributes:
        capture: condition of the capture worker.
        capture_reason: the reason, if it does not run.
        looking: condition of the analysis worker.
        looking_reason: the reason, if it does not run.
        misfit: the cover or zone that does not fit the picture.
        since_picture_s: seconds since the last picture, or since the start.
        any_picture: whether there was a picture.
        unreadable: consecutive pictures that could not be decoded.
        patience_s: seconds without a picture that are normal.
        fault: the fault that the detectors see in the picture.
    """

    capture: Condition
    capture_reason: str
    looking: Condition
    looking_reason: str
    misfit: str | None
    since_picture_s: float
    any_picture: bool
    unreadable: int
    patience_s: float
    fault: Fault | None


def state(facts: Facts) -> tuple[State, str]:
    """The state, and a sentence with the reason if there is one."""
    capture, looking = facts.capture, facts.looking
    words = (
        (facts.misfit is not None, State.UNFIT, facts.misfit or ""),
        (capture is Condition.HUNG, State.HUNG, facts.capture_reason),
        (looking is Condition.HUNG, State.HUNG, facts.looking_reason),
        (looking is Condition.PAUSING and facts.looking_reason, State.FAILED, facts.looking_reason),
        (capture is Condition.ENDED, State.ENDED, "its file has ended and does not loop"),
        (capture is Condition.PAUSING and facts.capture_reason, State.NO_SIGNAL, facts.capture_reason),
        (facts.unreadable >= _UNREADABLE, State.NO_SIGNAL, "its pictures cannot be decoded"),
        (
            facts.since_picture_s > facts.patience_s,
            State.NO_SIGNAL,
            f"no picture for more than {facts.patience_s:.0f} s",
        ),
        (not facts.any_picture, State.STARTING, ""),
        (facts.fault is not None, _FAULTS.get(facts.fault, State.WATCHING), ""),
    )
    for holds, word, reason in words:
        if holds:
            return word, reason
    return State.WATCHING, ""
