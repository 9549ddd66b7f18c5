"""A broker loads a renewed certificate and a newer revocation list without cutting a connection."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import mqtt5

from deploy import broker_probe
from deploy.broker_probe import BrokerError, Login
from program.tls import TlsFiles
from tests.certificates import Certificates, days_ago
from tests.servers import Broker

LOGIN = Login(user="box/box-1", password="word")
PATIENCE_S = 30.0


def files(certificates: Certificates, client: str) -> TlsFiles:
    return TlsFiles(
        ca=str(certificates.ca),
        certificate=str(certificates.certificate(client)),
        key=str(certificates.key(client)),
    )


def let_in(broker: Broker, certificates: Certificates, client: str) -> bool:
    try:
        broker_probe.log_in(broker.url, LOGIN, tls=files(certificates, client))
    except BrokerError:
        return False
    return True


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_reload_renews_and_revokes_and_cuts_nobody(tmp_path: Path, servers_can_run: None) -> None:
    certificates = Certificates(tmp_path / "ca")
    certificates.server(days=2)
    for client in ("box/box-1", "lost"):
        certificates.client(client)
    broker = Broker(
        tmp_path / "broker",
        {LOGIN.user: LOGIN.password, "other": "word"},
        tls=certificates.broker(client_certificates=True),
    )
    broker.start()
    try:
        other = Login(user="other", password="word")
        with broker_probe.session(broker.url, other, tls=files(certificates, "lost")) as standing:
            before = standing.getpeercert()  # type: ignore[attr-defined]
            assert let_in(broker, certificates, "lost")
            certificates.renew("broker", now=days_ago(0), days=20)
            certificates.revoke("lost", now=days_ago(0))
            broker.reload_certificates()
            until(lambda: not let_in(broker, certificates, "lost"))
            standing.sendall(mqtt5.PingReqPacket().write())
            assert standing.recv(2) == mqtt5.PingRespPacket().write()
        with broker_probe.session(broker.url, LOGIN, tls=files(certificates, "box/box-1")) as connection:
            shown = connection.getpeercert()  # type: ignore[attr-defined]
        assert shown["serialNumber"] != before["serialNumber"]
    finally:
        broker.kill()
