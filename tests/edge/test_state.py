"""A camera's state in one word, the most important thing first."""

from __future__ import annotations

import pytest

from detectors.health.detector import Fault
from edge.state import Facts, State, state
from edge.worker import Condition

RUNNING = {
    "capture": Condition.RUNNING,
    "capture_reason": "",
    "looking": Condition.RUNNING,
    "looking_reason": "",
    "misfit": None,
    "since_picture_s": 0.5,
    "any_picture": True,
    "unreadable": 0,
    "patience_s": 15.0,
    "fault": None,
}


@pytest.mark.parametrize(
    ("facts", "word", "reason"),
    [
        ({}, State.WATCHING, ""),
        ({"any_picture": False, "since_picture_s": 3.0}, State.STARTING, ""),
        ({"since_picture_s": 16.0}, State.NO_SIGNAL, "no picture for more than 15 s"),
        ({"unreadable": 3}, State.NO_SIGNAL, "its pictures cannot be decoded"),
        ({"capture": Condition.PAUSING, "capture_reason": "no route"}, State.NO_SIGNAL, "no route"),
        ({"capture": Condition.PAUSING, "any_picture": False}, State.STARTING, ""),
        ({"capture": Condition.HUNG, "capture_reason": "silence"}, State.HUNG, "silence"),
        ({"looking": Condition.HUNG, "looking_reason": "silence"}, State.HUNG, "silence"),
        ({"looking": Condition.PAUSING, "looking_reason": "a defect"}, State.FAILED, "a defect"),
        ({"capture": Condition.ENDED}, State.ENDED, "its file has ended and does not loop"),
        ({"misfit": "cover 'm1' …", "fault": Fault.BLACK}, State.UNFIT, "cover 'm1' …"),
        ({"fault": Fault.MOVED}, State.MOVED, ""),
        ({"fault": Fault.WRONG_SIZE}, State.WRONG_SIZE, ""),
    ],
)
def test_the_word(facts: dict[str, object], word: State, reason: str) -> None:
    assert state(Facts(**{**RUNNING, **facts})) == (word, reason)  # type: ignore[arg-type]


def test_every_fault_that_the_detectors_know_has_a_word() -> None:
    words = {state(Facts(**{**RUNNING, "fault": fault}))[0] for fault in Fault}  # type: ignore[arg-type]
    assert len(words) == len(Fault)
    assert State.WATCHING not in words
