"""A broker behind TLS is believed only with a certificate that somebody vouches for."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.servers.confined import INSIDE
from tests.edge.conftest import StartEdge
from tests.edge.running import BOX, RunningEdge, until
from tests.servers import Broker


class TlsBroker(Broker):
    """Mosquitto that speaks TLS alone, with a certificate of its own making."""

    def prepare(self) -> None:
        super().prepare()
        make = (
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
            "-subj /CN=test "
            f"-addext subjectAltName=IP:127.0.0.1 -keyout {self.folder}/key.pem -out {self.folder}/cert.pem"
        )
        subprocess.run(make.split(), check=True, capture_output=True)
        file = self.folder / "mosquitto.conf"
        configuration = file.read_text(encoding="utf-8").splitlines()
        listener = next(n for n, line in enumerate(configuration) if line.startswith("listener "))
        configuration[listener + 1 : listener + 1] = [
            f"certfile {INSIDE}/cert.pem",
            f"keyfile {INSIDE}/key.pem",
        ]
        file.write_text("\n".join(configuration) + "\n", encoding="utf-8")

    @property
    def certificate(self) -> Path:
        return self.folder / "cert.pem"

    def answers(self) -> bool:
        context = ssl.create_default_context(cafile=str(self.certificate))
        try:
            with (
                socket.create_connection(("127.0.0.1", self.port), 2) as plain,
                context.wrap_socket(plain, server_hostname="127.0.0.1"),
            ):
                return True
        except OSError:
            return False


@pytest.fixture
def tls_broker(tmp_path: Path, servers_can_run: None) -> Iterator[TlsBroker]:
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    broker = TlsBroker(tmp_path / "broker", passwords={f"box/{BOX}": f"box/{BOX}"})
    broker.start()
    yield broker
    broker.kill()


async def test_the_certificate_must_be_vouched_for(tls_broker: TlsBroker, tmp_path: Path) -> None:
    url = tls_broker.url.replace("mqtt:", "mqtts:")
    stranger, friend = tmp_path / "stranger", tmp_path / "friend"
    stranger.mkdir()
    friend.mkdir()
    edge = RunningEdge(broker_url=url, folder=stranger, cameras="")
    edge.start()
    try:
        await until(lambda: "certificate verify failed" in edge.log.read_text(encoding="utf-8"))
        assert await edge.metric("broker_connected") == 0
    finally:
        edge.stop()
    edge = RunningEdge(broker_url=url, folder=friend, cameras="", broker_ca_file=tls_broker.certificate)
    edge.start()

    async def connected() -> bool:
        return await edge.metric("broker_connected") == 1

    try:
        await until(connected)
    finally:
        assert edge.stop() == 0


def test_a_certificate_file_that_is_none_is_named(start_edge: StartEdge, tmp_path: Path) -> None:
    edge = start_edge("", broker_ca_file=tmp_path / "none.pem", at_once=False)
    edge._environment["STREETWARDEN_MQTT_URL"] = "mqtts://127.0.0.1:8883"
    edge.start()
    assert edge.exit_status() == 1
    assert "none.pem cannot be used" in edge.log.read_text(encoding="utf-8")
