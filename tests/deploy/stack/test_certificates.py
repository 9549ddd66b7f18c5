"""The stack's certificates are created once and renewed in time, and programs accept their settings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.stack.certificates import BROKER, CENTER, FLEET, Certificates, variables
from deploy.stack.folder import StackFolder
from edge.settings import Settings as Edge
from ingest.settings import Settings as Ingest
from program.settings import load
from program.tls import ClientTls

NOW = datetime.now(UTC).replace(microsecond=0)
USERS = ("center-ingest", "box/box-1", FLEET)


def kept(folder: Path, *, clients: bool = True, now: datetime = NOW) -> Certificates:
    return Certificates.keep(StackFolder(folder), clients=clients, users=USERS, now=now)


def test_they_are_made_once(tmp_path: Path) -> None:
    first = kept(tmp_path).authority.issued()
    assert {one.name for one in first} == {BROKER, CENTER, *USERS}
    assert kept(tmp_path).authority.issued() == first


def test_clients_have_none_unless_the_broker_wants_them(tmp_path: Path) -> None:
    certificates = kept(tmp_path, clients=False)
    assert {one.name for one in certificates.authority.issued()} == {BROKER, CENTER}
    assert certificates.of_client("center-ingest").certificate == ""
    assert not certificates.of_broker().client_certificates
    assert kept(tmp_path, clients=True).of_client("center-ingest").certificate != ""


def test_certificates_that_expire_within_a_month_are_renewed_at_the_start(tmp_path: Path) -> None:
    kept(tmp_path, now=NOW - timedelta(days=340))
    authority = kept(tmp_path).authority
    valid = {one.name: one.expires_at for one in authority.newest()}
    assert valid[BROKER] > NOW + timedelta(days=360)
    assert len([one for one in authority.issued() if one.name == "center-ingest"]) == 1


def test_programs_know_the_variables(tmp_path: Path) -> None:
    files = kept(tmp_path).of_client("center-ingest")
    address = {"STREETWARDEN_MQTT_URL": "mqtts://127.0.0.1"}
    ingest = load(Ingest, program="ingest", file=None, environment=address | variables("ingest", files))
    edge = load(Edge, program="edge", file=None, environment=address | variables("edge", files))
    for login in (ingest.broker, edge.broker):
        assert login.tls_files() == files
        assert isinstance(login.tls(), ClientTls)
