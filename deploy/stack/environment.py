"""The environment variables of each program of the stack (docs/settings.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.servers.mosquitto import INCIDENTS_USER, INGEST_USER, MONITOR_USER, PHONES_USER, Account
from deploy.stack.database import Logins
from program.tls import TlsFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """The addresses of the servers that the programs share.

    Attributes:
        broker_url: without a user.
        database: with a user and a password for each program.
        evidence_url: object storage.
        broker_tls: the files that a user of the broker needs for TLS.
    """

    broker_url: str
    database: Logins
    evidence_url: str
    broker_tls: Callable[[str], TlsFiles] = lambda _: TlsFiles()


def of_ingest(addresses: Addresses, *, passwords: Mapping[str, str], metrics_port: int) -> dict[str, str]:
    """The environment of ingest; `passwords` are those of the broker, by user."""
    return {
        "STREETWARDEN_MQTT_URL": addresses.broker_url,
        "STREETWARDEN_DATABASE_URL": addresses.database.ingest,
        "STREETWARDEN_EVIDENCE_URL": addresses.evidence_url,
        "STREETWARDEN_INGEST_BROKER_USER": INGEST_USER,
        "STREETWARDEN_INGEST_BROKER_PASSWORD": passwords[INGEST_USER],
        "STREETWARDEN_INGEST_INCIDENTS_USER": INCIDENTS_USER,
        "STREETWARDEN_INGEST_INCIDENTS_PASSWORD": passwords[INCIDENTS_USER],
        "STREETWARDEN_INGEST_MONITOR_USER": MONITOR_USER,
        "STREETWARDEN_INGEST_MONITOR_PASSWORD": passwords[MONITOR_USER],
        "STREETWARDEN_INGEST_METRICS_PORT": str(metrics_port),
    }


def of_worker(addresses: Addresses, *, roots: Path, metrics_port: int) -> dict[str, str]:
    """The worker's."""
    return {
        "STREETWARDEN_DATABASE_URL": addresses.database.worker,
        "STREETWARDEN_WORKER_STORAGE_DATABASE_URL": addresses.database.maintenance,
        "STREETWARDEN_EVIDENCE_URL": addresses.evidence_url,
        "STREETWARDEN_WORKER_RECORD_ROOTS_FILE": str(roots),
        "STREETWARDEN_WORKER_METRICS_PORT": str(metrics_port),
    }


def of_edge(addresses: Addresses, *, box: Account, outbox: Path, metrics_port: int) -> dict[str, str]:
    """The environment of the edge box, which knows only the broker of the centre."""
    return {
        "STREETWARDEN_MQTT_URL": addresses.broker_url,
        "STREETWARDEN_EDGE_BOX_TIME_ZONE": "Asia/Shanghai",
        "STREETWARDEN_EDGE_BOX_ID": box.user.removeprefix("box/"),
        "STREETWARDEN_EDGE_BOX_DISTRICT": box.district,
        "STREETWARDEN_EDGE_BROKER_USER": box.user,
        "STREETWARDEN_EDGE_BROKER_PASSWORD": box.password,
        "STREETWARDEN_EDGE_OUTBOX_PATH": str(outbox),
        "STREETWARDEN_EDGE_METRICS_PORT": str(metrics_port),
    }


def of_center(
    addresses: Addresses,
    *,
    passwords: Mapping[str, str],
    web_port: int,
    metrics_port: int,
    with_public: bool = False,
) -> dict[str, str]:
    """The centre's; `passwords` are those of the broker, by user; `with_public` adds what citizens reach."""
    public = {"STREETWARDEN_CENTER_PUBLIC_OPEN311": "true", "STREETWARDEN_CENTER_PUBLIC_PAGE": "true"}
    return {
        **(public if with_public else {}),
        "STREETWARDEN_MQTT_URL": addresses.broker_url,
        "STREETWARDEN_CENTER_PHONES_USER": PHONES_USER,
        "STREETWARDEN_CENTER_PHONES_PASSWORD": passwords[PHONES_USER],
        "STREETWARDEN_DATABASE_URL": addresses.database.center,
        "STREETWARDEN_EVIDENCE_URL": addresses.evidence_url,
        "STREETWARDEN_CENTER_WEB_PORT": str(web_port),
        "STREETWARDEN_CENTER_METRICS_PORT": str(metrics_port),
    }
