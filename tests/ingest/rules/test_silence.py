"""Silence is detected only if ingest has listened for as long, by a monotonic clock."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.rules.engine import RuleEngine
from ingest.rules.settings import Offline
from ingest.silence import Silence


class Judged:
    """Counts how often the database is asked who has fallen silent."""

    def __init__(self) -> None:
        self.times = 0

    async def transact(self, _work: Any) -> None:
        self.times += 1


class Listener:
    """Looks at chosen moments of both clocks."""

    def __init__(self) -> None:
        self.wall_s = self.steady_s = 1_000_000.0
        self.judged = Judged()
        self.silence = Silence(
            engine=RuleEngine([Offline(name="gone", after_s=600)]),
            database=self.judged,  # type: ignore[arg-type]
            rule_events=None,  # type: ignore[arg-type]
            obstacle=lambda: None,
            clock=lambda: self.wall_s,
            steady=lambda: self.steady_s,
        )

    async def look_after(self, seconds: float, *, clock_set_by_s: float = 0.0) -> int:
        """How often silence was judged, after so many seconds and perhaps with a clock that was set."""
        self.steady_s += seconds
        self.wall_s += seconds + clock_set_by_s
        before = self.judged.times
        await self.silence.check()
        return self.judged.times - before


async def test_silence_is_detected_only_after_listening_for_as_long() -> None:
    listener = Listener()
    assert [await listener.look_after(seconds) for seconds in (0, 300, 301)] == [0, 0, 1]


@pytest.mark.parametrize("set_by_s", [3600.0, -3600.0])
async def test_setting_our_clock_makes_no_entity_silent(set_by_s: float) -> None:
    listener = Listener()
    await listener.look_after(0)
    assert await listener.look_after(700) == 1
    assert await listener.look_after(10, clock_set_by_s=set_by_s) == 0
    assert [await listener.look_after(seconds) for seconds in (300, 301)] == [0, 1]
