"""The time that stands in pictures of evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from edge.reporter import stamp

TAKEN_AT = datetime(2026, 11, 30, 18, 3, 22, 900_000, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        (ZoneInfo("Asia/Shanghai"), "2026-12-01 02:03:22+08:00"),
        (ZoneInfo("Asia/Kolkata"), "2026-11-30 23:33:22+05:30"),
        (UTC, "2026-11-30 18:03:22+00:00"),
    ],
)
def test_a_picture_says_when_it_was_taken_by_the_clocks_of_the_city(zone: ZoneInfo, shown: str) -> None:
    assert stamp(TAKEN_AT, zone) == shown


def test_without_a_zone_it_is_this_machines_and_says_which() -> None:
    assert datetime.fromisoformat(stamp(TAKEN_AT, None)).timestamp() == int(TAKEN_AT)
