"""Services accept the settings of compose.tls.yaml; a broker with the files of `setup` accepts only TLS."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509

from center.settings import Settings as Center
from deploy import broker_probe
from deploy.broker_probe import BrokerError, Login
from deploy.container import _write, broker_files
from deploy.container_tls import certificates
from deploy.servers.mosquitto import Account
from edge.settings import Settings as Edge
from ingest.settings import Settings as Ingest
from program.settings import describe
from program.tls import TlsFiles
from tests.servers import Broker

FOLDER = Path(__file__).parents[2] / "deploy"
NAMES = "broker,center,localhost,127.0.0.1,"
NOW = datetime.now(UTC).replace(microsecond=0)
USER = "center-ingest"


@pytest.fixture(scope="module")
def tree() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / "compose.tls.yaml").read_text(encoding="utf-8"))
    return found


def test_programs_accept_every_setting_that_they_get(tree: dict[str, Any]) -> None:
    for name, kind in (("ingest", Ingest), ("edge", Edge), ("center", Center)):
        known = {setting.environment for setting in describe(kind, program=name)}
        assert tree["services"][name]["environment"].keys() <= known


def test_each_service_mounts_what_it_reads_and_setup_writes_it(tree: dict[str, Any], tmp_path: Path) -> None:
    for name, service in tree["services"].items():
        read = set(re.findall(r"/run/secrets/(tls-[\w-]+)", json.dumps(service)))
        assert set(service.get("secrets", [])) == read, name
    certificates(NAMES, tmp_path, now=NOW, write=_write)
    for secret in tree["secrets"].values():
        assert (tmp_path / Path(secret["file"]).name).read_text().startswith("-----BEGIN ")
    assert "tls-center-key" not in tree["services"]["edge"]["secrets"]


def test_without_names_there_is_no_tls(tmp_path: Path) -> None:
    assert certificates("", tmp_path, now=NOW, write=_write) is None
    assert list(tmp_path.iterdir()) == []


def test_a_second_start_changes_nothing_but_what_is_due_or_has_another_name(tmp_path: Path) -> None:
    def shown() -> x509.Certificate:
        return x509.load_pem_x509_certificate((tmp_path / "tls-center").read_bytes())

    certificates(NAMES, tmp_path, now=NOW, write=_write)
    first = shown()
    certificates(NAMES, tmp_path, now=NOW, write=_write)
    assert shown() == first
    certificates(NAMES, tmp_path, now=NOW + timedelta(days=310), write=_write)
    renewed = shown()
    assert renewed != first
    assert renewed.public_key() == first.public_key()
    certificates(f"{NAMES}city.example", tmp_path, now=NOW, write=_write)
    names = shown().extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "city.example" in names.get_values_for_type(x509.DNSName)


def test_a_broker_with_those_files_speaks_tls_alone(tmp_path: Path, servers_can_run: None) -> None:
    tls = certificates(NAMES, tmp_path / "secrets", now=NOW, write=_write)
    broker_files([Account(user=USER, district="350582", password="word")], tmp_path / "made", tls=tls)
    written = (tmp_path / "made" / "mosquitto.conf").read_text()
    assert "listener 8883 0.0.0.0" in written
    assert written.count("listener ") == 1

    class Composed(Broker):
        """With the files that `setup` wrote for the container."""

        def prepare(self) -> None:
            super().prepare()
            shutil.copytree(tmp_path / "made" / "tls", self.folder / "tls", dirs_exist_ok=True)

    server = Composed(tmp_path / "real", passwords={USER: "word"}, tls=tls)
    server.start()
    try:
        ca = TlsFiles(ca=str(tmp_path / "secrets" / "tls-ca"), crl=str(tmp_path / "secrets" / "tls-crl"))
        broker_probe.log_in(server.url, Login(user=USER, password="word"), tls=ca)
        plain = server.url.replace("mqtts:", "mqtt:")
        with pytest.raises(BrokerError):
            broker_probe.log_in(plain, Login(user=USER, password="word"))
    finally:
        server.kill()
