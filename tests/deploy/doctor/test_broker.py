"""doctor checks a real broker's accounts and rules, without side effects."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.broker_probe import Login
from deploy.doctor import broker as checks
from deploy.doctor.finding import Finding, Verdict
from deploy.servers.mosquitto import DOCTOR_DEVICE, DOCTOR_USER
from tests.deploy.doctor.test_services import installation
from tests.servers import Broker


class Unlimited(Broker):
    """A guarded broker without the plugin."""

    def prepare(self) -> None:
        super().prepare()
        file = self.folder / "mosquitto.conf"
        lines = file.read_text().splitlines()
        file.write_text("\n".join(line for line in lines if not line.startswith("plugin")) + "\n")


class Untied(Broker):
    """A guarded broker that does not tie client ids to users."""

    def prepare(self) -> None:
        super().prepare()
        file = self.folder / "mosquitto.conf"
        text = file.read_text()
        assert "use_username_as_clientid true\n" in text
        file.write_text(text.replace("use_username_as_clientid true\n", ""))


@pytest.fixture
def untied_broker(tmp_path: Path, servers_can_run: None) -> Iterator[Broker]:
    server = Untied(tmp_path / "untied", passwords={user: user for user in (DOCTOR_USER, DOCTOR_DEVICE)})
    server.start()
    yield server
    server.kill()


@pytest.fixture
def unlimited_broker(tmp_path: Path, servers_can_run: None) -> Iterator[Broker]:
    server = Unlimited(
        tmp_path / "unlimited", passwords={user: user for user in (DOCTOR_USER, DOCTOR_DEVICE)}
    )
    server.start()
    yield server
    server.kill()


def verdicts(findings: list[Finding]) -> dict[str, Verdict]:
    return {finding.check: finding.verdict for finding in findings}


def test_a_guarded_broker_is_well(guarded_broker: Broker) -> None:
    assert verdicts(checks.check(installation(broker_url=guarded_broker.url))) == {
        "broker": Verdict.OK,
        "broker's rules": Verdict.OK,
        "broker's sessions": Verdict.OK,
    }


def test_a_broker_whose_sessions_can_be_taken_over_is_named_with_the_remedy(untied_broker: Broker) -> None:
    findings = checks.check(installation(broker_url=untied_broker.url))
    assert verdicts(findings)["broker's sessions"] is Verdict.WRONG
    assert "any device can silence ingest" in findings[-1].found
    assert "use_username_as_clientid true" in findings[-1].remedy


def test_a_broker_without_the_plugin_of_limits_is_named(unlimited_broker: Broker) -> None:
    findings = checks.check(installation(broker_url=unlimited_broker.url))
    assert verdicts(findings)["broker's rules"] is Verdict.DOUBTFUL
    assert "load streetwarden_limits" in findings[1].remedy


def test_a_broker_that_lets_anybody_in_is_wrong(broker: Broker) -> None:
    assert verdicts(checks.check(installation(broker_url=broker.url))) == {
        "broker": Verdict.OK,
        "broker's accounts": Verdict.WRONG,
    }


def test_without_passwords_doctor_says_which_it_needs(guarded_broker: Broker) -> None:
    known = installation(broker_url=guarded_broker.url)
    (_, rules) = checks.check(dataclasses.replace(known, doctor=None))
    assert rules.verdict is Verdict.DOUBTFUL
    assert "STREETWARDEN_DOCTOR_PASSWORD" in rules.remedy
    (_, rules) = checks.check(dataclasses.replace(known, doctor_device=None))
    assert rules.verdict is Verdict.DOUBTFUL
    assert "STREETWARDEN_DOCTOR_DEVICE_PASSWORD" in rules.remedy


def test_an_account_that_the_broker_lacks_is_named(guarded_broker: Broker) -> None:
    known = installation(broker_url=guarded_broker.url)
    unknown = dataclasses.replace(known, doctor_device=Login(user="device/unknown", password="x"))
    (_, rules) = checks.check(unknown)
    assert rules.verdict is Verdict.DOUBTFUL
    assert "refuses the user device/unknown" in rules.found
