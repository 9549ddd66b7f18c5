"""The whole stack monitors the simulated city without intervention."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

from cases import CasePolicy
from deploy.acceptance import found, truth, verdict
from deploy.acceptance.running_stack import RunningStack
from deploy.stack.folder import Running
from tests.servers import ROOT

CITY = ROOT.parent / "city"


def seconds_played(stack: RunningStack) -> float:
    return (datetime.now(UTC) - stack.clips_began()).total_seconds()


def sign_on(known: Running) -> str:
    """The session's cookie, with its attributes."""
    request = urllib.request.Request(
        f"{known.console_url}/api/v1/session",
        data=json.dumps({"login": known.login, "password": known.password}).encode(),
        headers={"Content-Type": "application/json", "Origin": known.console_url},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(answer.headers["Set-Cookie"])


@pytest.mark.timeout(600)
def test_each_thing_that_goes_wrong_becomes_its_case_and_nothing_else_does(city_stack: RunningStack) -> None:
    known = city_stack.await_up()
    happenings = truth.read(CITY)
    assert {one.type for one in happenings} == {"cover_missing", "goods", "stall"}
    policy = CasePolicy.load("")
    codes = {one.type: policy.rule(one.type).code for one in happenings}
    patience_s = max(one.begins_s for one in happenings) + 120

    while True:
        cases = asyncio.run(found.cases(known.database_url, known.evidence_url))
        played = seconds_played(city_stack)
        outcomes = verdict.judge(
            happenings, cases, started=city_stack.clips_began(), codes=codes, seconds=played
        )
        wrong = [outcome for outcome in outcomes if outcome.wrong]
        if (len(outcomes) == len(happenings) and not wrong) or played > patience_s:
            break
        time.sleep(0.5)

    assert wrong == []
    assert len(outcomes) == len(happenings)
    assert verdict.beyond(happenings, cases) == []


def test_status_adds_up(city_stack: RunningStack) -> None:
    while (status := city_stack.status())["vehicles_live"] != 200:  # they come in one after the other
        assert status["lost"] == 0
    assert status["lost"] == 0
    assert isinstance(status["messages_per_s"], float)
    assert status["messages_per_s"] > 0


def test_the_doctor_finds_nothing_but_the_account_of_every_role(city_stack: RunningStack) -> None:
    done = city_stack.ask("doctor", "--json")
    findings = json.loads(done.stdout)
    doubts = [(each["check"], each["verdict"]) for each in findings if each["verdict"] != "ok"]
    assert doubts == [("accounts", "doubtful")]  # the first account of an installation
    assert done.returncode == 0
    checked = {finding["check"] for finding in findings}
    assert checked >= {
        "database",
        "schema",
        "broker's rules",
        "evidence",
        "ingest",
        "edge",
        "center",
        "Prometheus",
    }


def test_prometheus_scrapes_every_program_and_has_the_rules(city_stack: RunningStack) -> None:
    port = city_stack.await_up().prometheus_port
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/targets", timeout=10) as answer:
        targets = json.load(answer)["data"]["activeTargets"]
    assert {target["labels"]["job"]: target["health"] for target in targets} == dict.fromkeys(
        ("ingest", "edge", "center", "worker"), "up"
    )
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/rules", timeout=10) as answer:
        groups = json.load(answer)["data"]["groups"]
    assert sum(len(group["rules"]) for group in groups) > 5


def test_the_command_centre_answers_with_the_account_that_was_told(city_stack: RunningStack) -> None:
    known = city_stack.await_up()
    assert "HttpOnly" in sign_on(known)
    with urllib.request.urlopen(known.console_url, timeout=10) as answer:
        assert b"<html" in answer.read().lower()
    said = city_stack.output.read_text(encoding="utf-8")
    assert all(part in said for part in (known.console_url, known.login, known.password))


def test_the_simulated_citys_rules_write_events_and_open_no_case(city_stack: RunningStack) -> None:
    known = city_stack.await_up()
    cookie = sign_on(known).split(";", 1)[0]
    now, day = datetime.now(UTC), timedelta(days=1)
    period = urllib.parse.urlencode({"begin": (now - day).isoformat(), "end": (now + day).isoformat()})
    end = time.monotonic() + 90
    found: set[str] = set()
    while not {"parks", "stops"} <= found and time.monotonic() < end:
        request = urllib.request.Request(
            f"{known.console_url}/api/v1/history/events?{period}", headers={"Cookie": cookie}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            events = json.load(answer)["events"]
        found |= {event["rule"] for event in events}
        assert [event for event in events if event["incident_id"] is not None] == []
    assert {"parks", "stops"} <= found
