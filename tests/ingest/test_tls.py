"""Ingest over TLS: only with the right broker, and with a certificate that the broker accepts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mqtt5
import pytest

from deploy import broker_probe
from deploy.broker_probe import Login
from program.tls import TlsFiles
from tests.certificates import Certificates, days_ago
from tests.ingest.running import RunningIngest, fix, one, until
from tests.servers import Broker

USER = "center-ingest"
INCIDENTS = "center-incidents"
LOGINS: dict[str, Any] = {
    "broker_user": USER,
    "broker_password": USER,
    "incidents_user": INCIDENTS,
    "incidents_password": INCIDENTS,
}


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    made = Certificates(tmp_path / "ca")
    made.server(days=20)
    made.client(USER)
    return made


@pytest.fixture
def tls_broker(certificates: Certificates, tmp_path: Path, servers_can_run: None) -> Iterator[Broker]:
    """A broker that wants a certificate and a password."""
    users = (USER, INCIDENTS, "vehicle/v0001")
    broker = Broker(
        tmp_path / "broker",
        {user: user for user in users},
        tls=certificates.broker(client_certificates=True),
    )
    broker.start()
    yield broker
    broker.kill()


def publish(broker: Broker, message: tuple[str, bytes], certificates: Certificates) -> bool:
    """As a device that has a certificate."""
    files = TlsFiles(
        ca=str(certificates.ca),
        certificate=str(certificates.certificate(USER)),
        key=str(certificates.key(USER)),
    )
    with broker_probe.session(
        broker.url, Login(user="vehicle/v0001", password="vehicle/v0001"), tls=files
    ) as connection:
        packet = mqtt5.PublishPacket(*message, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=1)
        connection.sendall(packet.write())
        return connection.recv(100)[0] == 0x40


async def test_messages_are_stored_over_tls_and_the_certificates_expiry_is_seen(
    tls_broker: Broker, certificates: Certificates, database_url: str, tmp_path: Path
) -> None:
    ingest = RunningIngest(
        broker_url=tls_broker.url,
        database_url=database_url,
        folder=tmp_path,
        **LOGINS,
        **certificates.settings(USER),
    )
    ingest.start()
    try:
        await ingest.ready()
        assert publish(tls_broker, fix(1, days_ago(0).timestamp()), certificates)
        await ingest.settled(1)
        assert await one(database_url, "SELECT count(*) FROM position") == 1

        # Revoked while away: refused with a sentence; let in with a new one, without a restart of ingest.
        certificates.revoke(USER, now=days_ago(0))
        tls_broker.stop()
        tls_broker.start()

        async def refused() -> bool:
            said = await ingest.health()
            return "does not accept our certificate" in said or "was revoked" in said

        await until(refused)
        certificates.client(USER)
        await ingest.ready()
    finally:
        assert ingest.stop() == 0


async def test_another_brokers_certificate_gets_nothing_of_ours(
    tls_broker: Broker, database_url: str, tmp_path: Path
) -> None:
    stranger = Certificates(tmp_path / "stranger", "another CA")
    ingest = RunningIngest(
        broker_url=tls_broker.url,
        database_url=database_url,
        folder=tmp_path,
        **LOGINS,
        broker_ca_file=stranger.ca,
    )
    ingest.start()
    try:

        async def refuses() -> bool:
            return "by a CA that broker.ca_file" in await ingest.health()

        await until(refuses)
        assert "connected" not in tls_broker.log.read_text().replace("disconnected", "").replace(
            "New connection", ""
        )
    finally:
        assert ingest.stop() == 0
