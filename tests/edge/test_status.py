"""The retained status is sent at once after a change, and rarely during continuous changes."""

from __future__ import annotations

from collections.abc import Callable

from edge.status import StatusPacing


def published_at(facts: Callable[[float], dict[str, str]], *, seconds: int, connection: int = 1) -> list[int]:
    """Seconds at which a box publishes whose facts are these."""
    pacing, times = StatusPacing(), []
    for second in range(1000, 1000 + seconds):
        if pacing.is_due(connection, facts(second), float(second)):
            pacing.published(connection, facts(second), float(second))
            times.append(second - 1000)
    return times


def test_where_nothing_changes_it_is_repeated_each_minute() -> None:
    assert published_at(lambda _: {"camera.c1": "watching"}, seconds=181) == [0, 60, 120, 180]


def test_a_change_after_a_quiet_time_is_published_at_once() -> None:
    times = published_at(lambda at: {"camera.c1": "watching" if at < 1030 else "no signal"}, seconds=60)
    assert times == [0, 30]


def test_what_changes_every_second_is_published_ever_more_seldom_and_its_end_soon() -> None:
    times = published_at(lambda at: {"camera.c1": str(at) if at < 1190 else "watching"}, seconds=260)
    assert len([time for time in times if time < 190]) < 12
    assert min(time for time in times if time >= 190) <= 222


def test_after_a_quiet_time_changes_are_prompt_again() -> None:
    def facts(at: float) -> dict[str, str]:
        return {"camera.c1": str(at) if at < 1100 else "watching" if at < 1300 else "no signal"}

    assert 300 in published_at(facts, seconds=310)


def test_a_new_connection_hears_it_at_once() -> None:
    pacing = StatusPacing()
    pacing.published(1, {"a": "b"}, 100.0)
    assert not pacing.is_due(1, {"a": "b"}, 101.0)
    assert pacing.is_due(2, {"a": "b"}, 101.0)
