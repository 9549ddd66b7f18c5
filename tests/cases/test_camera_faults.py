"""When a fault of a camera becomes a case, and when it is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cases.camera_faults import TOO_MANY_ALARMS, CameraFaultLimits, KnownFault, Tell, judge

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
LIMITS = CameraFaultLimits()


def looks(*states: str | None, every: timedelta = timedelta(minutes=5)) -> list[Tell | None]:
    """What is told at each look, one every five minutes."""
    known: KnownFault | None = None
    told = []
    for number, state in enumerate(states):
        known, tell = judge(known, state, now=NOON + number * every, limits=LIMITS)
        told.append(tell)
    return told


def test_a_fault_is_told_once_it_has_lasted() -> None:
    assert looks("covered", "covered", "covered", "covered", "covered") == [
        None,
        None,
        None,
        Tell.BEGUN,
        None,
    ]


def test_one_that_passes_is_told_to_nobody() -> None:
    assert looks("covered", "watching", "covered", "watching", "covered", "watching") == [None] * 6


def test_another_fault_meanwhile_is_the_same_case() -> None:
    assert looks("moved", "defocused", "covered", "moved").count(Tell.BEGUN) == 1


def test_its_end_must_last_too() -> None:
    begun = ["covered"] * 4
    assert looks(*begun, "watching", "covered", "watching", "watching", "watching", "watching")[4:] == [
        None, None, None, None, None, Tell.ENDED,
    ]  # fmt: skip


def test_what_nobody_knows_changes_nothing() -> None:
    assert looks("moved", None, None, "moved") == [None, None, None, Tell.BEGUN]
    assert looks(*["moved"] * 4, None, None, None, None, None)[4:] == [None] * 5


def test_too_many_alarms_are_told_at_once() -> None:
    assert looks(TOO_MANY_ALARMS) == [Tell.BEGUN]
