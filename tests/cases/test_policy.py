"""What a city decides: the shipped policy holds, its own goes before it, and a mistake is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from cases import CasePolicy, Category, CodeError, PolicyError
from cases.clocks import Clock, Limit
from cases.state import CaseState

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)  # Tuesday 12:00 in the city
SHIPPED = files("cases").joinpath("data", "policy.toml").read_text(encoding="utf-8")
CODES = CasePolicy.load().codes


def edited(old: str, new: str) -> str:
    assert old in SHIPPED
    return SHIPPED.replace(old, new, 1)


@pytest.mark.parametrize(
    ("incident_type", "category", "code", "due"),
    [
        ("cover_missing", Category.COMPONENT, "0114", timedelta(hours=2)),
        ("cover_displaced", Category.COMPONENT, "0114", timedelta(hours=2)),
        ("stall", Category.EVENT, "0501", timedelta(hours=2)),
        (
            "goods",
            Category.EVENT,
            "0507",
            timedelta(days=1),
        ),  # 4 hours of office time, then 4 more
        ("vehicle", Category.EVENT, "0505", timedelta(hours=2)),
        ("flying_saucer", Category.EVENT, "0599", timedelta(days=1)),
    ],
)
def test_what_the_shipped_policy_makes_of_an_incident(
    incident_type: str, category: Category, code: str, due: timedelta
) -> None:
    opening = CasePolicy.load().opening(incident_type, at=NOON)
    assert (opening.category, opening.code_set, opening.code) == (category, "A", code)
    assert opening.deadline_at - NOON == due


def test_a_component_case_has_the_class_that_is_known_best() -> None:
    policy = CasePolicy.load()

    def code(component: str | None, known: tuple[str, str] | None = None) -> tuple[str, str]:
        opening = policy.opening("cover_missing", at=NOON, component=component, known_class=known)
        return opening.code_set, opening.code

    assert code("3505820102000001", ("B", "0118")) == ("B", "0118"), "the city's own list"
    assert code("3505820102000001") == ("A", "0102"), "the code itself"
    assert code("3505829999000001") == ("A", "0114"), "a class that no list has"
    assert code(None) == ("A", "0114")


def test_a_malformed_component_is_refused() -> None:
    with pytest.raises(CodeError, match="16 digits"):
        CasePolicy.load().opening("cover_missing", at=NOON, component="12")


def test_a_type_nobody_decided_about_keeps_its_own_word() -> None:
    policy = CasePolicy.load()
    assert policy.title("stall").name == "无照经营游商"
    assert policy.title("vehicle").name == "机动车乱停放"
    assert policy.title("flying_saucer").name == "其他街面问题 (flying_saucer)"
    assert policy.title("flying_saucer").name_en == "Other street problem (flying_saucer)"


def test_a_citys_folder_goes_before_what_is_shipped_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(edited('prefix = "SW"', 'prefix = "SS"'), encoding="utf-8")
    policy = CasePolicy.load(tmp_path)
    assert policy.numbering.prefix == "SS"
    assert len(policy.codes) == len(CODES)
    assert CasePolicy.load("").numbering.prefix == "SW"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("time_zone = ", "policy.toml is not valid TOML"),
        (edited("Asia/Shanghai", "Mars/Olympus"), "time_zone 'Mars/Olympus' is unknown"),
        (edited("Asia/Shanghai", "../etc/passwd"), "time_zone '../etc/passwd' is unknown"),
        (edited("[incident.stall]", "[incident.stall]\ncolour = 1"), "unknown field `colour`"),
        (edited('code = "0501"', 'code = "0588"'), "stall: the lists have no event 0588 in set A"),
        (edited('code = "0501"', 'code = "1"'), "incident"),
        (
            edited('department = "城管执法中队"', 'department = "消防"'),
            "stall: department '消防' is not one of",
        ),
        (edited(', name_en = "Traffic Police"', ""), "name_en"),
        (edited("amount = 1,", "amount = -1,"), "amount"),
        (edited('amount = 1, clock = "calendar_day"', 'amount = 9000, clock = "working_day"'), "lies beyond"),
        (edited('clock = "calendar_day"', 'clock = "sundial"'), "sundial"),
        (edited("weekdays = [1, 2, 3, 4, 5]", "weekdays = []"), "some day of the week"),
        (edited("weekdays = [1, 2, 3, 4, 5]", "weekdays = [8]"), "weekdays"),
        (edited("08:00:00, 12:00:00", "12:00:00, 08:00:00"), "spans in order of the day"),
        (edited('condition = "1"', 'condition = "7"'), "has no condition '7'; there are 1, 2, 3, 4"),
        (edited('code = "D02"', 'code = "D01"'), "departments: code 'D01' is used twice"),
        (edited('code = "D02"', 'code = "D02", parent = "D02"'), "城管执法中队 is above itself"),
        (edited('code = "D02"', 'parent = "D99"'), "there is no department 'D99' above it"),
        (edited("digits = 4", "digits = 0"), "digits"),
        (edited("[otherwise]", "[elsewhere]"), "policy.toml"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "policy.toml").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        CasePolicy.load(tmp_path)
    assert sentence in str(refused.value)
    assert "policy.toml" in str(refused.value)


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="there is no case policy folder"):
        CasePolicy.load(tmp_path / "nowhere")


def test_a_binary_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PolicyError, match="cannot be read as UTF-8"):
        CasePolicy.load(tmp_path)


def test_a_citys_own_codes_must_have_what_its_policy_names(tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text(
        "code_set,category,code,name,name_en\nA,event,0501,a,b\n", encoding="utf-8"
    )
    with pytest.raises(PolicyError, match="the lists have no component 0114 in set A"):
        CasePolicy.load(tmp_path)


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_a_case_keeps_the_condition_and_the_limit_of_the_day_on_which_it_is_opened(tmp_path: Path) -> None:
    text = files("cases").joinpath("data", "conditions.csv").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.startswith("A,event,0501,1,"))
    older = row.replace(",2020-01-01,,", ",2020-01-01,2026-11-24,")
    newer = row.replace(",2020-01-01,,", ",2026-11-25,,").replace(",2,urgent_hour,", ",1,working_hour,")
    policy = CasePolicy.load(write(tmp_path, conditions=text.replace(row, f"{older}\n{newer}")))
    late_in_the_city = datetime(2026, 11, 24, 15, 59, tzinfo=UTC)
    assert policy.opening("stall", at=late_in_the_city).limit == Limit(amount=2, clock=Clock.URGENT_HOUR)
    next_day = policy.opening("stall", at=late_in_the_city + timedelta(minutes=1))
    assert next_day.limit == Limit(amount=1, clock=Clock.WORKING_HOUR)
    assert next_day.condition == "1"


def test_a_limit_of_the_incident_goes_before_that_of_the_condition(tmp_path: Path) -> None:
    title = 'title = "无照经营游商"'
    own = edited(title, f'limit = {{ amount = 7, clock = "urgent_hour" }}\n{title}')
    (tmp_path / "policy.toml").write_text(own, encoding="utf-8")
    assert CasePolicy.load(tmp_path).opening("stall", at=NOON).limit.amount == 7


def test_a_component_whose_class_lacks_the_condition_gets_no_more_time_for_it() -> None:
    opening = CasePolicy.load().opening("cover_missing", at=NOON, component="3505820104000001")
    assert (opening.code, opening.condition) == ("0104", "default")
    assert opening.limit == Limit(amount=2, clock=Clock.URGENT_HOUR)


BEFORE = """
time_zone = "Europe/Berlin"
departments = [{ name = "Tiefbauamt", name_en = "Roads" }]
[numbering]
prefix = "B"
digits = 4
[office]
hours = [[08:00:00, 16:00:00]]
weekdays = [1, 2, 3, 4, 5]
[incident.cover_missing]
category = "component"
code_set = "C"
code = "01"
title = "Deckel"
title_en = "Cover"
limit = { amount = 3, clock = "urgent_hour" }
department = "Tiefbauamt"
[otherwise]
category = "event"
code_set = "C"
code = "99"
title = "Anderes"
title_en = "Other"
limit = { amount = 1, clock = "calendar_day" }
"""


def test_a_policy_of_the_release_before_still_holds(tmp_path: Path) -> None:
    """Its departments have no codes, its rules a limit and no condition, its lists no days."""
    (tmp_path / "policy.toml").write_text(BEFORE, encoding="utf-8")
    write(tmp_path, codes="code_set,category,code,name,name_en\nC,component,01,a,b\nC,event,99,a,b\n")
    policy = CasePolicy.load(tmp_path)
    opening = policy.opening("cover_missing", at=NOON)
    assert (opening.condition, opening.limit.amount) == ("default", 3)
    assert policy.condition("C", Category.COMPONENT, "01", "default", NOON).time.amount == 1
    case = CaseState(
        stage="open", sequence=1, number="1", category="component", code_set="C", code="01", condition=None,
        type="cover_missing", problem_class="cover", district="110000", grid_cell=None,
        street_name="", street_name_en="", lon=13.4, lat=52.5, reported_at=NOON, changed_at=NOON,
    )  # fmt: skip
    proposal = policy.proposal_for(case)
    assert proposal is not None
    assert (proposal.department, proposal.reason_en) == (
        "Tiefbauamt",
        "The department for this type of incident",
    )
    assert policy.proposal_for(replace(case, type=None)) is None, "a person chose the code"


def test_a_code_or_condition_that_does_not_hold_is_refused_with_those_that_do() -> None:
    policy = CasePolicy.load()
    assert policy.condition("A", Category.COMPONENT, "0102", "3", NOON).time.amount == 2
    with pytest.raises(CodeError, match=r"0102 has no condition '9' on 2026-11-24; there are 1 \(Missing"):
        policy.condition("A", Category.COMPONENT, "0102", "9", NOON)
    with pytest.raises(CodeError, match="the lists have no event 7777 in set A on 2026-11-24"):
        policy.condition("A", Category.EVENT, "7777", "1", NOON)


def test_every_code_of_the_lists_that_are_shipped_has_a_condition_for_ever() -> None:
    policy = CasePolicy.load()
    for code in policy.codes.rows:
        for year in (2026, 2126):
            at = NOON.replace(year=year)
            found = policy.conditions_of(code.code_set, code.category, code.code, at)
            assert found, code
            assert all(row.closing and row.closing_en for row in found)
    assert policy.conditions_of("A", Category.COMPONENT, "0118", NOON)[0].code == "*", "a stated default"


def test_a_case_keeps_the_limit_of_its_opening_until_its_condition_is_another() -> None:
    policy = CasePolicy.load()
    opened = CaseState(
        number="SW202611240001",
        category="component",
        code_set="A",
        code="0102",
        condition="1",
        handling_limit={"condition": "1", "amount": 36, "clock": "urgent_hour"},
        type="cover_missing",
        district="350582",
        lon=118.6,
        lat=24.9,
        stage="opened",
        reported_at=NOON,
        opened_at=NOON,
        sequence=1,
        changed_at=NOON,
    )
    assert policy.handling_limit(opened).amount == 36
    assert policy.handling_limit(replace(opened, condition="3")) == Limit(amount=2, clock=Clock.WORKING_DAY)
    assert policy.handling_limit(replace(opened, handling_limit=None)).amount == 2
    unknown = replace(opened, handling_limit=None, type=None, code_set="X", code="77")
    assert policy.handling_limit(unknown) == Limit(amount=1, clock=Clock.CALENDAR_DAY)
