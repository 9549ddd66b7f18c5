"""Ages do not depend on changes of the machine's clock."""

from __future__ import annotations

import pytest

from edge.boot_clock import BootClock, is_synchronised

SAVED_AT = 1_800_000_000.0


def clock(*, wall: float, boot_id: str = "this", since_boot: float = 500.0, kept: bool = True) -> BootClock:
    return BootClock(
        wall=lambda: wall, since_boot=lambda: since_boot, boot_id=boot_id, synchronised=lambda: kept
    )


@pytest.mark.parametrize("wall", [0.0, SAVED_AT - 86_400, SAVED_AT + 100, SAVED_AT + 86_400])
@pytest.mark.parametrize("kept", [True, False])
def test_within_a_boot_the_wall_clock_does_not_count(wall: float, *, kept: bool) -> None:
    now = clock(wall=wall, kept=kept)
    assert now.age_s(wall_s=SAVED_AT, boot_id="this", boot_s=400.0) == 100.0


def test_over_a_boot_a_clock_that_is_kept_counts() -> None:
    assert clock(wall=SAVED_AT + 60).age_s(wall_s=SAVED_AT, boot_id="other", boot_s=9e9) == 60.0


def test_over_a_boot_a_clock_that_nobody_keeps_says_nothing() -> None:
    """A box without a battery starts where it was switched off, however long that is ago."""
    now = clock(wall=SAVED_AT + 60, kept=False)
    assert now.age_s(wall_s=SAVED_AT, boot_id="other", boot_s=400.0) is None


def test_a_time_that_lies_ahead_says_nothing() -> None:
    assert clock(wall=SAVED_AT - 60).age_s(wall_s=SAVED_AT, boot_id="other", boot_s=400.0) is None


def test_the_system_can_be_asked() -> None:
    now = BootClock().now()
    assert len(now.boot_id) == 36
    assert now.boot_s > 0
    assert is_synchronised() in {True, False}
