"""Case numbers: the city's day and a sequence within it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from cases import PolicyError
from cases.numbering import Numbering

CITY = ZoneInfo("Asia/Shanghai")


def test_a_number_is_prefix_day_and_sequence() -> None:
    numbering = Numbering(prefix="SW", digits=4, zone=CITY)
    assert numbering.number(date(2026, 11, 4), 7) == "SW202611040007"


def test_a_day_with_more_cases_than_digits_goes_on_counting() -> None:
    numbering = Numbering(prefix="", digits=2, zone=CITY)
    assert numbering.number(date(2026, 11, 4), 123) == "20261104123"


def test_the_day_is_the_citys() -> None:
    numbering = Numbering(prefix="SW", digits=4, zone=CITY)
    assert numbering.day(datetime(2026, 11, 24, 15, 59, tzinfo=UTC)) == date(2026, 11, 24)
    assert numbering.day(datetime(2026, 11, 24, 16, 0, tzinfo=UTC)) == date(2026, 11, 25)


@pytest.mark.parametrize(
    ("prefix", "digits", "named"), [("A/B", 4, "prefix"), ("A" * 13, 4, "prefix"), ("A", 0, "digits")]
)
def test_a_form_of_no_use_is_refused(prefix: str, digits: int, named: str) -> None:
    with pytest.raises(PolicyError, match=named):
        Numbering(prefix=prefix, digits=digits, zone=CITY)
