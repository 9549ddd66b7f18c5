"""A box over TLS accepts only the right broker, shows its certificate, and loads a renewed one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.certificates import Certificates, days_ago
from tests.edge.conftest import StartEdge
from tests.edge.running import BOX, RunningEdge, until
from tests.servers import Broker

NAME = f"box/{BOX}"


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    made = Certificates(tmp_path / "ca")
    made.server()
    made.client(NAME)
    return made


@pytest.fixture
def tls_broker(certificates: Certificates, tmp_path: Path, servers_can_run: None) -> Iterator[Broker]:
    """A broker that wants a certificate and a password."""
    broker = Broker(tmp_path / "broker", {NAME: NAME}, tls=certificates.broker(client_certificates=True))
    broker.start()
    yield broker
    broker.kill()


def box(broker: Broker, folder: Path, **settings: object) -> RunningEdge:
    folder.mkdir()
    return RunningEdge(broker_url=broker.url, folder=folder, cameras="", **settings)


def log_says(edge: RunningEdge, text: str) -> bool:
    return text in edge.log.read_text(encoding="utf-8")


async def test_a_box_without_the_right_ca_or_a_valid_certificate_is_not_connected(
    tls_broker: Broker, certificates: Certificates, tmp_path: Path
) -> None:
    certificates.client("lost")
    certificates.revoke("lost", now=days_ago(0))
    stranger = box(tls_broker, tmp_path / "1")
    tls_broker.stop()  # to read the list of those revoked
    tls_broker.start()
    lost = box(tls_broker, tmp_path / "3", **certificates.settings("lost"))
    certificates.client("expired", at=days_ago(9))
    expired = box(tls_broker, tmp_path / "5", **certificates.settings("expired"))
    boxes = (stranger, lost, expired)
    for one in boxes:
        one.start()

    try:
        await until(lambda: log_says(stranger, "by a CA that this machine does not know"))
        await until(
            lambda: log_says(lost, "does not accept our certificate") or log_says(lost, "was revoked")
        )
        await until(
            lambda: log_says(expired, "does not accept our certificate") or log_says(expired, "expired")
        )
        for one in boxes:
            assert await one.metric("broker_connected") == 0
    finally:
        for one in boxes:
            one.stop()


async def test_a_renewed_certificate_is_used_without_a_restart(
    tls_broker: Broker, certificates: Certificates, tmp_path: Path
) -> None:
    edge = box(tls_broker, tmp_path / "box", **certificates.settings(NAME))
    edge.start()

    async def connected() -> bool:
        return await edge.metric("broker_connected") == 1

    async def away() -> bool:
        return await edge.metric("broker_connected") == 0

    try:
        await until(connected)
        certificates.revoke(NAME, now=days_ago(0))
        tls_broker.stop()
        await until(away)
        tls_broker.start()  # it reads the list: the box cannot come back with what it has
        await until(
            lambda: log_says(edge, "does not accept our certificate") or log_says(edge, "was revoked")
        )
        certificates.client(NAME)
        await until(connected)
    finally:
        assert edge.stop() == 0


def test_a_certificate_file_that_is_none_is_named(start_edge: StartEdge, tmp_path: Path) -> None:
    edge = start_edge("", broker_ca_file=tmp_path / "none.pem", at_once=False)
    edge._environment["STREETWARDEN_MQTT_URL"] = "mqtts://127.0.0.1:8883"
    edge.start()
    assert edge.exit_status() == 1
    assert "none.pem cannot be used" in edge.log.read_text(encoding="utf-8")
