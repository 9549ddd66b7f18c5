"""The programs accept every variable that the stack sets."""

from __future__ import annotations

from pathlib import Path

import msgspec

from center.settings import Settings as Center
from deploy.servers import Account
from deploy.stack.database import Logins
from deploy.stack.environment import Addresses, of_center, of_edge, of_ingest, of_worker
from edge.settings import Settings as Edge
from ingest.settings import Settings as Ingest
from ingest.settings import login_of_incidents
from program.settings import describe, load
from worker.settings import Settings as Worker

LOGINS = Logins(
    **{
        name: f"postgresql://{name}@d"
        for name in (
            "owner",
            "ingest",
            "center",
            "worker",
            "maintenance",
            "monitor",
            "backup",
            "administrator",
        )
    }
)
ADDRESSES = Addresses(broker_url="mqtt://b:1", database=LOGINS, evidence_url="file:///e")
BOX = Account(user="box/box-7", district="350582", password="secret")


def unknown(kind: type[msgspec.Struct], program: str, variables: dict[str, str]) -> set[str]:
    return variables.keys() - {setting.environment for setting in describe(kind, program=program)}


def test_ingest_finds_broker_database_and_evidence() -> None:
    passwords = {"center-ingest": "secret", "center-incidents": "another", "center-monitor": "other"}
    variables = of_ingest(ADDRESSES, passwords=passwords, metrics_port=7)
    assert unknown(Ingest, "ingest", variables) == set()
    known = load(Ingest, program="ingest", file=None, environment=variables)
    assert (known.broker.url, known.broker.user, known.broker.secret()) == (
        "mqtt://b:1",
        "center-ingest",
        "secret",
    )
    second = login_of_incidents(known)
    assert (second.url, second.user, second.secret()) == ("mqtt://b:1", "center-incidents", "another")
    assert known.database.url == LOGINS.ingest
    assert (known.evidence.url, known.metrics.port) == ("file:///e", 7)


def test_the_worker_finds_the_database_as_two_roles_and_hears_nothing_of_the_broker() -> None:
    variables = of_worker(ADDRESSES, roots=Path("/w/roots"), metrics_port=7)
    assert unknown(Worker, "worker", variables) == set()
    known = load(Worker, program="worker", file=None, environment=variables)
    assert (known.database.url, known.storage.database_url) == (LOGINS.worker, LOGINS.maintenance)
    assert (known.evidence.url, known.metrics.port) == ("file:///e", 7)


def test_the_edge_finds_the_broker_and_hears_nothing_of_the_database() -> None:
    variables = of_edge(ADDRESSES, box=BOX, outbox=Path("/o/box.db"), metrics_port=7)
    assert unknown(Edge, "edge", variables) == set()
    assert not any("postgresql" in value for value in variables.values())
    known = load(Edge, program="edge", file=None, environment=variables)
    assert (known.box.id, known.box.district, known.outbox.path) == ("box-7", "350582", "/o/box.db")
    assert (known.broker.user, known.broker.password) == ("box/box-7", "secret")


def test_the_centre_finds_the_database_and_its_ports() -> None:
    variables = of_center(ADDRESSES, passwords={"center-phones": "secret"}, web_port=8, metrics_port=7)
    assert unknown(Center, "center", variables) == set()
    known = load(Center, program="center", file=None, environment=variables)
    assert (known.database.url, known.web.port, known.metrics.port) == (LOGINS.center, 8, 7)
    assert (known.phones.url, known.phones.user, known.phones.secret()) == (
        "mqtt://b:1",
        "center-phones",
        "secret",
    )
