"""The addresses of an installation's parts: of the running stack, else from the programs' settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from center.settings import Settings as CenterSettings
from deploy.broker_probe import Login
from deploy.doctor.programs import reachable
from deploy.servers.mosquitto import DOCTOR_DEVICE, DOCTOR_USER
from deploy.stack.folder import StackFolder, running
from edge.settings import Settings as EdgeSettings
from ingest.settings import Settings as IngestSettings
from program.settings import load
from program.settings_parts import BrokerLogin
from program.tls import TlsFiles
from worker.settings import Settings as WorkerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One installation, as this machine sees it.

    Attributes:
        source: the origin of these values, in words.
        database_url: with a password in it.
        broker_url: without a password.
        doctor: the account that probes the broker; None if its password is unknown.
        doctor_device: the device account that tries forbidden actions; None if its password is unknown.
        evidence_url: the evidence storage.
        metrics: (address, port) of each program's `/metrics` and `/health`.
        prometheus_url: None if unknown.
        alertmanager_url: None if unknown.
        live_s: seconds after which a silent device is not live.
        broker_tls: the CA of the broker, and our client certificate.
        session_token: allows the removal of a session at the broker; empty if unknown.
        cases_folder: of the case policy; empty for the shipped one.
    """

    source: str
    database_url: str
    broker_url: str
    doctor: Login | None
    doctor_device: Login | None
    evidence_url: str
    metrics: Mapping[str, tuple[str, int]]
    prometheus_url: str | None
    alertmanager_url: str | None
    live_s: float
    broker_tls: TlsFiles = field(default_factory=TlsFiles)
    session_token: str = ""
    cases_folder: str = ""


def find(folder: StackFolder, environment: Mapping[str, str]) -> Installation:
    """The running stack in a folder, else the programs that the environment describes.

    Raises:
        SettingsError: a variable has a wrong value.
    """
    center = load(CenterSettings, program="center", file=None, environment=environment)
    stack = running(folder)
    if stack is not None:
        prometheus, alertmanager = stack.prometheus_port, stack.alertmanager_port
        return Installation(
            source=f"the stack in {folder.path}",
            database_url=stack.monitor_database_url,
            broker_url=stack.broker_url,
            doctor=Login(user=DOCTOR_USER, password=stack.doctor_password),
            doctor_device=Login(user=DOCTOR_DEVICE, password=stack.doctor_device_password),
            evidence_url=stack.evidence_url,
            metrics={name: ("127.0.0.1", port) for name, port in stack.metrics_ports.items()},
            prometheus_url=None if prometheus is None else f"http://127.0.0.1:{prometheus}",
            alertmanager_url=None if alertmanager is None else f"http://127.0.0.1:{alertmanager}",
            live_s=center.live.gone_s,
            broker_tls=TlsFiles(**stack.broker_tls),
            session_token=stack.session_token,
            cases_folder=center.cases.folder,
        )
    ingest = load(IngestSettings, program="ingest", file=None, environment=environment)
    worker = load(WorkerSettings, program="worker", file=None, environment=environment)
    edge = load(EdgeSettings, program="edge", file=None, environment=environment)
    return Installation(
        source=f"the settings in the environment (no stack is up in {folder.path})",
        database_url=ingest.database.full_url(),
        broker_url=ingest.broker.url,
        doctor=_login(DOCTOR_USER, environment, "STREETWARDEN_DOCTOR_PASSWORD"),
        doctor_device=_login(DOCTOR_DEVICE, environment, "STREETWARDEN_DOCTOR_DEVICE_PASSWORD"),
        evidence_url=ingest.evidence.url,
        metrics={
            name: (reachable(metrics.address), metrics.port)
            for name, metrics in (
                ("ingest", ingest.metrics),
                ("worker", worker.metrics),
                ("edge", edge.metrics),
                ("center", center.metrics),
            )
        },
        prometheus_url=environment.get("STREETWARDEN_PROMETHEUS_URL"),
        alertmanager_url=environment.get("STREETWARDEN_ALERTMANAGER_URL"),
        live_s=center.live.gone_s,
        broker_tls=ingest.broker.tls_files(),
        session_token=_secret(environment, "STREETWARDEN_BROKER_SESSION_TOKEN") or "",
        cases_folder=center.cases.folder,
    )


def _login(user: str, environment: Mapping[str, str], variable: str) -> Login | None:
    password = _secret(environment, variable)
    return None if password is None else Login(user=user, password=password)


def _secret(environment: Mapping[str, str], variable: str) -> str | None:
    """The value of a variable, or the content of the file that `{variable}_FILE` names."""
    return BrokerLogin(
        password=environment.get(variable, ""), password_file=environment.get(f"{variable}_FILE", "")
    ).secret()
