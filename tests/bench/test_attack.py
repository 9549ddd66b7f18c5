"""The attack command detects broken promises, and all promises hold on the real stack."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bench.attack.matrix import Attempt, attempts, judge
from bench.attack.records import record
from wire.topics import Stream


def attempt(*, allowed: bool) -> Attempt:
    return Attempt(
        account="vehicle/v1",
        topic="sw/1/350582/vehicle/v1/position",
        record=record(Stream.POSITION),
        allowed=allowed,
        why="its own topic",
    )


@pytest.mark.parametrize(("allowed", "is_stored", "held"), [
    (False, False, True), (False, True, False), (True, True, True), (True, False, False),
])  # fmt: skip
def test_a_promise_holds_if_the_database_has_what_is_allowed_and_nothing_else(
    *, allowed: bool, is_stored: bool, held: bool
) -> None:
    tried = attempt(allowed=allowed)
    there = {tried.record.mark} if is_stored else set()
    (outcome,) = judge([(tried, 0)], there, "MQTT 5")
    assert outcome.held is held


def test_every_account_tries_every_stream_on_its_own_and_on_others_topics() -> None:
    tried = list(attempts())
    for account in ("vehicle/v1", "person/p1", "device/d1", "camera/cam-own", "box/b1"):
        own = [each for each in tried if each.account == account and f"/{account}/" in each.topic]
        others = [each for each in tried if each.account == account and f"/{account}/" not in each.topic]
        streams = {stream for stream in Stream if stream is not Stream.RECEIPT}
        assert {each.record.stream for each in own} == {each.record.stream for each in others} == streams
        assert not any(each.allowed for each in others)


@pytest.mark.servers
@pytest.mark.timeout(300)
def test_everything_holds_on_the_stack_as_it_is(servers_can_run: None) -> None:
    areas = (
        "accounts",
        "sessions",
        "quotas",
        "web",
    )  # tests/center and tests/program test silent connections
    only = [word for area in areas for word in ("--only", area)]
    ran = subprocess.run(
        [sys.executable, "-m", "bench", "attack", "--seconds", "2", "--json", *only],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode in {0, 1}, ran.stderr
    result = json.loads(ran.stdout.splitlines()[-1])
    assert result["broken"] == []
    assert result["held"] == result["promises"] > 90
