"""Conditions hold on their days; a code without its own has the default of its class; mistakes are named."""

from __future__ import annotations

from datetime import date

import pytest

from cases import Category, CodeTable, PolicyError
from cases.codes import CODES
from cases.conditions import CONDITIONS, ConditionTable

HEAD = "code_set,category,code,condition,valid_from,valid_to,name,name_en,limit,clock,closing,closing_en"
EVERY = "A,event,*,default,2020-01-01,,默认,Default,1,calendar_day,恢复,Restored"
LISTS = CodeTable.of(
    CODES.read_csv(
        "code_set,category,code,name,name_en\nA,event,05,a,b\nA,event,0501,a,b\nA,event,050101,a,b",
        file="codes.csv",
    ),
    file="codes.csv",
)


def row(code: str, condition: str = "1", start: str = "2020-01-01", end: str = "", limit: str = "2") -> str:
    return f"A,event,{code},{condition},{start},{end},名,Name,{limit},urgent_hour,恢复,Restored"


def table(*rows: str, default: str = EVERY) -> ConditionTable:
    found = CONDITIONS.read_csv("\n".join([HEAD, *rows, default]), file="conditions.csv")
    return ConditionTable.of(found, codes=LISTS, file="conditions.csv")


def limits(found: ConditionTable, code: str, on: date) -> list[tuple[str, float]]:
    return [(each.condition, each.limit) for each in found.of_code("A", Category.EVENT, code, on)]


def test_a_condition_holds_from_its_first_to_its_last_day() -> None:
    found = table(row("0501", end="2026-06-30"), row("0501", start="2026-07-01", limit="4"))
    assert limits(found, "0501", date(2026, 6, 30)) == [("1", 2)]
    assert limits(found, "0501", date(2026, 7, 1)) == [("1", 4)]


def test_a_code_has_its_own_conditions_else_those_of_what_it_belongs_to_else_the_default() -> None:
    found = table(row("0501", "1"), row("0501", "2", limit="4"), row("05", "c", limit="9"))
    assert limits(found, "0501", date(2026, 1, 1)) == [("1", 2), ("2", 4)]
    assert limits(found, "050101", date(2026, 1, 1)) == [("1", 2), ("2", 4)]
    assert limits(found, "0502", date(2026, 1, 1)) == [("c", 9)]
    assert limits(found, "9901", date(2026, 1, 1)) == [("default", 1)]
    assert limits(found, "0501", date(2019, 1, 1)) == [], "before anything held"


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([row("0502")], r"conditions\.csv: row 2, column code: set A has no event 0502"),
        ([row("0501"), row("0501", start="2026-01-01")], r"row 3: A event 0501 1 is in row 2 already"),
        ([row("0501", limit="0")], r"row 2, column limit: '0' is not right; expected a number above 0"),
        ([row("0501", limit="2h")], r"row 2, column limit: '2h' is not right"),
        ([row("0501").replace("urgent_hour", "hour")], r"row 2, column clock: 'hour' is not right"),
        ([row("0501", start="")], r"row 2, column valid_from: an empty cell is not right; expected a day"),
        ([row("0501", condition="a b")], r"column condition: 'a b' is not right; expected 1 to 20 letters"),
    ],
)
def test_a_mistake_is_named_by_row_and_column(rows: list[str], sentence: str) -> None:
    with pytest.raises(PolicyError, match=sentence):
        table(*rows)


def test_a_list_without_a_default_that_lasts_is_refused() -> None:
    for default in ("", EVERY.replace("2020-01-01,,", "2020-01-01,2030-01-01,")):
        with pytest.raises(PolicyError, match="set A has no default for category event"):
            table(row("0501"), default=default)


def test_what_cases_were_opened_by_can_be_ended_and_not_be_changed() -> None:
    today = date(2026, 11, 30)
    held = table(row("0501"), row("05", start="2027-01-01"))

    def wrong(*newer: str) -> list[str]:
        return [words.split(";")[0] for _, words in held.changed_past(table(*newer), today)]

    assert wrong(row("0501", end="2026-12-31"), row("0501", start="2027-01-01", limit="4")) == []
    assert wrong(row("0501")) == [], "what did not hold yet may go"
    assert wrong() == ["is gone"]
    assert wrong(row("0501", limit="4")) == ["is different"]
    assert wrong(row("0501", end="2026-11-29")) == ["ended or would end before today, 2026-11-30"]


def test_a_table_that_is_written_is_read_as_it_was() -> None:
    found = table(row("0501", end="2026-06-30"), row("05", limit="2.5"))
    for chinese in (False, True):
        again = CONDITIONS.read_csv(CONDITIONS.csv(found.rows, chinese=chinese), file="conditions.csv")
        assert tuple(each.row for each in again) == found.rows
