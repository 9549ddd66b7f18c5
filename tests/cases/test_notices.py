"""The city's rules of notices: which events are told, to whom, and when a message goes out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cases import CaseEvent, CasePolicy, CaseState, PolicyError
from cases.notices import NoticeRules, Quiet, notices_of, send_at

SHIPPED = files("cases").joinpath("data", "notices.toml").read_text(encoding="utf-8")
RULES = CasePolicy.load().notices.rules
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)  # 12:00 in the city
CITY = ZoneInfo("Asia/Shanghai")
CASE = CaseState(
    number="SW1", category="event", code_set="A", code="0501", district="350582", lon=118.6, lat=24.9,
    stage="assigned", holder="handler", department="D02", assignee="wei", opener="camera/c01",
    reported_at=NOON, sequence=5, changed_at=NOON,
)  # fmt: skip


def told(
    action: str, *, case: CaseState = CASE, before: CaseState | None = CASE, **event: Any
) -> list[tuple[str, str]]:
    made = CaseEvent(**{"sequence": 5, "at": NOON, "actor": "li", "action": action, **event})
    return [(each.rule, str(each.to)) for each in notices_of(RULES, made, before=before, after=case)]


def test_the_shipped_rules_tell_who_must_act() -> None:
    desk = replace(CASE, holder="department", assignee=None)
    assert told("assign") == [("assigned", "person/wei")]
    assert told("dispatch", case=desk) == [("dispatched", "desk/D02")]
    assert told("clock_warned", note="handle") == [("due_soon", "person/wei")]
    assert told("clock_ran_out", note="handle") == [
        ("handling_overdue", "person/wei"),
        ("handling_overdue", "desk/D02"),
    ]
    assert told("clock_ran_out", note="take", case=desk) == [("overdue", "desk/D02")]
    assert told("urge") == [("urged", "person/wei")]
    assert told("return", case=replace(desk, holder="dispatchers")) == [("returned", "role/dispatcher")]
    assert told("rework", case=desk) == [("rework", "desk/D02")]
    task = replace(CASE, holder="acceptors", task={"kind": "check"}, assignee="patrol-1")
    assert told("check_request", case=task) == [("task", "person/patrol-1")]
    assert told("clock_ran_out", note="check", case=task) == [("overdue", "person/patrol-1")]
    assert told("update") == told("join") == told("handle") == []


def test_only_cases_of_the_types_of_a_rule_make_its_notices() -> None:
    fault = replace(CASE, type="camera_fault")
    assert told("open", case=fault, before=None) == [("camera_fault", "role/administrator")]
    assert told("open", case=replace(CASE, type="stall"), before=None) == []


def test_who_asked_hears_the_decision_although_the_case_has_forgotten_the_request() -> None:
    asked = replace(CASE, deferral_asked={"by": "zhou", "at": "2026-11-24T04:00:00Z", "with": "dispatcher"})
    assert told("defer_grant", before=asked) == [("granted", "person/zhou")]
    appealed = replace(CASE, appeal="asked", appeal_by={"asked": "zhou"})
    assert told("appeal_refuse", before=appealed) == [("not_granted", "person/zhou")]


def test_nobody_is_told_of_their_own_action_and_a_camera_has_no_account() -> None:
    assert told("assign", actor="wei") == []
    rule = NoticeRules.read(
        SHIPPED + '\n[rules.own]\non = ["restore"]\nto = ["opener"]\ntitle = "恢复"\ntitle_en = "Restored"\n',
        file="notices.toml",
        clocks=(),
        types=None,
    ).rules["own"]
    event = CaseEvent(sequence=5, at=NOON, actor="camera/c01", action="restore")
    assert notices_of({"own": rule}, event, before=CASE, after=CASE) == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('on = ["urge"]', 'on = ["urges"]', "rules.urged: on has 'urges'"),
        ('on = ["urge"]', 'on = ["update"]', "rules.urged: on has 'update'"),
        ('to = ["role:administrator"]', 'to = ["role:boss"]', "rules.camera_fault: to has 'role:boss'"),
        (
            'to = ["role:administrator"]',
            'to = ["administrator"]',
            "rules.camera_fault: to has 'administrator'",
        ),
        ('clocks = ["handle"]', 'clocks = ["sleep"]', "rules.handling_overdue: clocks has 'sleep'"),
        ('types = ["camera_fault"]', 'types = ["ufo"]', "rules.camera_fault: types has 'ufo'"),
        ('["mail", "wecom",', '["pigeon", "wecom",', "channels has 'pigeon'"),
        ("minutes = 10", "minutes = -1", "$.digest.minutes"),
        ('title_en = "Overdue"', 'title_english = "Overdue"', "title_english"),
        ("from = 22:00:00", "from = 25:00:00", "notices.toml"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Any, before: str, after: str, said: str) -> None:
    assert before in SHIPPED
    (tmp_path / "notices.toml").write_text(SHIPPED.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        CasePolicy.load(tmp_path)
    assert said in str(refused.value)
    assert "notices.toml" in str(refused.value)


def at(hour: int, minute: int = 0, *, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=CITY)


NIGHT = Quiet(from_=time(22), to=time(7))


@pytest.mark.parametrize(
    ("now", "quiet", "goes"),
    [
        (at(12), NIGHT, at(12, 10)),
        (at(21, 55), NIGHT, at(7, day=25)),
        (at(23), NIGHT, at(7, day=25)),
        (at(3), NIGHT, at(7)),
        (at(6, 55), NIGHT, at(7, 5)),
        (at(12), Quiet(from_=time(12), to=time(14)), at(14)),
        (at(3), Quiet(from_=time(7), to=time(7)), at(3, 10)),
    ],
)
def test_what_is_not_urgent_waits_for_the_digest_and_the_end_of_quiet_hours(
    now: datetime, quiet: Quiet, goes: datetime
) -> None:
    asked = now.astimezone(UTC)
    assert send_at(asked, urgent=False, quiet=quiet, digest_minutes=10, zone=CITY) == goes
    assert send_at(asked, urgent=True, quiet=quiet, digest_minutes=10, zone=CITY) == asked
    assert send_at(asked, urgent=False, quiet=quiet, digest_minutes=10, zone=CITY) - asked < timedelta(days=1)
