"""Starts the whole system in order, keeps it running, and stops it in the opposite order."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Coroutine, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from city.build import is_made
from city.people.accounts import StaffFile
from deploy import broker_probe, debian_root
from deploy.broker_probe import Login
from deploy.errors import DeployError
from deploy.servers import Account, Mosquitto, Server
from deploy.servers.mosquitto import DOCTOR_DEVICE, DOCTOR_USER
from deploy.stack import accounts, city_staff, database, secrets, unprivileged
from deploy.stack.certificates import BROKER, FLEET, Certificates
from deploy.stack.child import Child
from deploy.stack.environment import Addresses
from deploy.stack.folder import Running, StackFolder
from deploy.stack.health import waits_for
from deploy.stack.parts import Parts
from deploy.stack.ports import Ports
from deploy.stack.preparations import Preparation
from deploy.stack.progress import Progress
from deploy.stack.stopping import Stopped, StopSignals
from deploy.stack.supervisor import Supervisor
from deploy.stack.unprivileged import User
from deploy.tls.folder import now
from ingest.settings import Settings as IngestSettings
from program.settings import load
from program.tls import TlsFiles

ResultT = TypeVar("ResultT")

_LOOK_EVERY_S: Final = 0.25
_HEALTHY_WITHIN_S: Final = 60.0
_BOX: Final = "box/"
_RENEW_EVERY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `up`.

    Attributes:
        folder: the stack's own.
        system: the servers' Debian 13 root, which is created if missing.
        city: a city folder.
        make_city: whether the simulated city is built there if necessary.
        fresh: whether to start without the data of earlier runs.
        database_url: of the user's own database, with user and password.
        broker_url: of the user's own broker.
        archive_wal: whether our database archives its write-ahead log, for point-in-time recovery.
        credentials: a file with the passwords of the user's own broker.
        tls: whether broker and center use TLS.
        client_certificates: whether the broker requires client certificates.
        quiet_city: whether the simulated city has no staff and no past.
    """

    folder: Path
    system: Path
    city: Path
    make_city: bool
    fresh: bool
    database_url: str | None
    broker_url: str | None
    credentials: Path | None
    tls: bool = False
    client_certificates: bool = False
    archive_wal: bool = False
    quiet_city: bool = False


def run(options: Options, progress: Progress) -> None:
    """Start the stack and keep it running until a signal.

    Raises:
        DeployError: it cannot be started.
    """
    refused = debian_root.refusal()
    if refused is not None and not (options.database_url and options.broker_url):
        raise DeployError(refused)
    folder = StackFolder(options.folder)
    with ExitStack() as down:
        signals = down.enter_context(StopSignals())
        try:
            down.enter_context(folder.locked())
            if options.fresh:
                folder.empty()
            ports = Ports(folder)
            down.callback(ports.close)
            parts = Parts(
                folder=folder,
                ports=ports,
                system=debian_root.find(options.system),
                users=_users(progress),
            )
            stack = _Stack(options, parts, progress, down, has_servers=refused is None)
            stack.come_up()
            while not signals.received:
                stack.look()
                time.sleep(_LOOK_EVERY_S)
        except Stopped:
            pass
        progress.tell("stopping; the data stays")
    progress.tell("stopped")


def _users(progress: Progress) -> Mapping[str, User] | None:
    """The users that the programs run as; root only if no other user can read our code."""
    chosen = unprivileged.users()
    closed = unprivileged.unreadable()
    if chosen is not None and closed is not None:
        progress.tell(f"programs run as root, because {closed}")
        return None
    return chosen


class _Stack:
    """One run. Each part is entered into `down`, which stops it, before it is started."""

    def __init__(
        self, options: Options, parts: Parts, progress: Progress, down: ExitStack, *, has_servers: bool
    ) -> None:
        self._options = options
        self._parts = parts
        self._folder = parts.folder
        self._progress = progress
        self._down = down
        self._has_servers = has_servers
        self._supervisor = Supervisor(tell=progress.tell, clock=time.monotonic)
        self._programs: list[str] = []
        self._certificates: Certificates | None = None
        self._broker: Mosquitto | None = None
        self._renew_at = time.monotonic() + _RENEW_EVERY_S

    def come_up(self) -> None:
        """Start everything, in order, and print the addresses."""
        options, known = self._options, secrets.keep(self._folder, devices=())
        self._folder.remember_system(options.system)
        log = str(self._folder.log("prepare-debian"))
        system = self._prepare(
            "servers", "deploy.debian_root", "make", str(options.system), log, if_=self._has_servers
        )
        city = self._prepare("city", "deploy.stack.made_city", str(options.city), if_=options.make_city)
        own_console = "STREETWARDEN_CENTER_CONSOLE_FOLDER" in os.environ
        console = self._prepare("console", "deploy.console", if_=not own_console)

        system.wait()
        logins = (
            database.Logins.all_the_same(options.database_url)
            if options.database_url
            else self._start_database(known)
        )
        for migration in self._ask(database.bring_up_to_date(logins.owner)):
            self._progress.tell(f"database: migration {migration}")
        city.wait()
        everybody = self._accounts()
        self._keep_certificates(everybody)
        broker_url = options.broker_url or self._start_broker(everybody, known)
        passwords = {account.user: account.password for account in everybody}
        addresses = Addresses(
            broker_url=broker_url,
            database=logins,
            evidence_url=self._parts.evidence().as_uri(),
            broker_tls=self._broker_tls,
        )
        self._check_broker(addresses, everybody, password=passwords[DOCTOR_USER])
        rules = options.city / "ingest-rules.toml"
        self._start_program(self._parts.ingest(addresses, passwords=passwords, rules=rules))
        self._progress.tell(f"city: {self._ask(database.take_in_city(logins.owner, options.city))}")
        staff = self._keep_staff(addresses)  # before the worker, which would find the past overdue
        self._start_program(self._parts.worker(addresses))
        self._start_devices(addresses, everybody, with_staff=staff is not None)
        console.wait()
        login, password = secrets.LOGIN, known.operator
        known_to = self._ask(database.keep_account(logins.owner, login=login, password=password))
        self._start_program(self._parts.center(addresses, passwords=passwords, with_public=staff is not None))
        self._start_prometheus()
        self._await_health()

        ports = self._parts.ports.of
        running = Running(
            pid=os.getpid(),
            console_url=self._parts.center_url(),
            login=login,
            password=password,
            database_url=logins.owner,
            monitor_database_url=logins.monitor,
            backup_database_url=logins.backup,
            administrator_database_url=logins.administrator,
            broker_url=broker_url,
            doctor_password=passwords[DOCTOR_USER],
            doctor_device_password=passwords[DOCTOR_DEVICE],
            session_token=secrets.keep(self._folder, devices=()).session_removal,
            evidence_url=addresses.evidence_url,
            prometheus_port=ports["prometheus"] if self._has_servers else None,
            alertmanager_port=ports["alertmanager"] if self._has_servers else None,
            metrics_ports={name: ports[name] for name in self._programs if name in ports},
            broker_tls=self._remembered_tls(),
            tls_folder=None if self._certificates is None else str(self._certificates.authority.path),
        )
        self._folder.remember("running.json", running)
        self._progress.tell("up; Ctrl-C stops everything")
        roles = "" if staff is None else f"{city_staff.sign_on_table(staff)}\n"
        self._progress.say(_banner(running, password_is_known=known_to) + roles)

    def look(self) -> None:
        """Check everything once, and restart what has ended."""
        self._supervisor.look()
        self._renew_certificates()

    def _prepare(self, name: str, *module: str, if_: bool) -> Preparation:
        log = self._folder.log(f"prepare-{name}")
        preparation = Preparation(name, *module, log=log, tell=self._progress.tell)
        self._down.callback(preparation.child.kill)
        if if_:
            preparation.child.start()
        return preparation

    def _start_database(self, known: secrets.Secrets) -> database.Logins:
        server = self._parts.database(known, archive=self._options.archive_wal)
        self._start_server(server)
        administrator = server.url("postgres")
        self._ask(database.make_database(administrator, password=known.database, passwords=known.roles))
        self._ask(database.give_extensions(server.url(database.NAME)))
        return database.Logins.of(server, owner=known.database, passwords=known.roles)

    def _start_broker(self, everybody: list[Account], known: secrets.Secrets) -> str:
        server = self._broker = self._parts.broker(everybody, known)
        self._start_server(server)
        return server.url

    def _start_prometheus(self) -> None:
        if self._has_servers:
            scraped = [name for name in self._programs if name != "city"]
            self._start_program(self._parts.alert_log(lambda line: self._progress.tell(f"alert: {line}")))
            self._start_server(self._parts.alertmanager())
            self._start_server(self._parts.prometheus(scraped))
        else:
            self._progress.tell("no Prometheus, since servers cannot run here; the programs serve /metrics")

    def _accounts(self) -> list[Account]:
        """All accounts of the broker."""
        speakers = accounts.devices(self._options.city)
        users = [speaker.user for speaker in speakers]
        passwords = secrets.keep(self._folder, devices=users).broker
        if self._options.credentials is not None:
            passwords = passwords | accounts.given_passwords(self._options.credentials)
        return accounts.accounts(speakers, passwords)

    def _keep_certificates(self, everybody: list[Account]) -> None:
        """Create the stack's certificates, if it uses TLS."""
        if not self._options.tls:
            return
        users = (FLEET, *(account.user for account in everybody if account.user.startswith(("center", _BOX))))
        self._certificates = Certificates.keep(
            self._folder, clients=self._options.client_certificates, users=users, now=now()
        )
        self._parts = replace(self._parts, certificates=self._certificates)
        self._parts.give_keys()

    def _broker_tls(self, user: str) -> TlsFiles:
        """The TLS files that a user of the broker needs; for a broker of the user's own, those of ingest."""
        if self._options.broker_url is not None:
            given = load(IngestSettings, program="ingest", file=None, environment=os.environ)
            return given.broker.tls_files()
        return TlsFiles() if self._certificates is None else self._certificates.of_client(user)

    def _remembered_tls(self) -> dict[str, str]:
        files = self._broker_tls(DOCTOR_USER)
        return {"ca": files.ca, "crl": files.crl, "certificate": files.certificate, "key": files.key}

    def _renew_certificates(self) -> None:
        """Renew certificates once a day; all programs read them by themselves, except the broker."""
        if self._certificates is None or time.monotonic() < self._renew_at:
            return
        self._renew_at = time.monotonic() + _RENEW_EVERY_S
        for name in self._certificates.renew(now=now()):
            self._progress.tell(f"certificate of {name} renewed")
            if name == BROKER and self._broker is not None:
                self._broker.reload_certificates()

    def _check_broker(self, addresses: Addresses, everybody: list[Account], *, password: str) -> None:
        """Refuse a broker that lacks our accounts; for a user's own broker, write the files that it needs."""
        try:
            broker_probe.log_in(
                addresses.broker_url,
                Login(user=DOCTOR_USER, password=password),
                tls=addresses.broker_tls(DOCTOR_USER),
            )
        except broker_probe.RefusedError as error:
            if self._options.credentials is not None:
                raise
            token = secrets.keep(self._folder, devices=()).session_removal
            place = accounts.write_for_broker(everybody, self._folder, token=token)
            raise DeployError(
                f"{error}; accounts and rules for it lie in {place}, as Mosquitto takes them, "
                "or give the passwords that it knows with --credentials FILE"
            ) from None

    def _keep_staff(self, addresses: Addresses) -> StaffFile | None:
        """The accounts of the simulated city's staff, and its past; None for a city without staff."""
        city, owner = self._options.city, addresses.database.owner
        if self._options.quiet_city or not is_made(city):
            return None
        policy, at = city_staff.policy_of_stack(), now()
        staff = self._ask(city_staff.keep_staff(owner, self._folder, city, policy, at))
        self._parts.evidence()
        made = self._ask(
            city_staff.make_past(
                owner,
                evidence_url=addresses.evidence_url,
                city=city,
                members=staff.staff,
                policy=policy,
                now=at,
                tell=self._progress.tell,
            )
        )
        self._parts.evidence()  # the pictures of the past belong to those who serve them
        if made:
            self._progress.tell(f"history: {made} cases of {city_staff.DAYS} days")
        return staff

    def _start_devices(self, addresses: Addresses, everybody: list[Account], *, with_staff: bool) -> None:
        city = self._options.city
        boxes = [account for account in everybody if account.user.startswith(_BOX)]
        if boxes and (city / "edge-cameras.toml").exists():
            self._start_program(self._parts.edge(addresses, box=boxes[0], cameras=city / "edge-cameras.toml"))
        if is_made(city):  # only a made city's fleet can be driven
            devices = accounts.of_devices(everybody)
            self._start_program(
                self._parts.fleet(addresses, city=city, devices=devices, with_staff=with_staff)
            )

    def _start_server(self, server: Server) -> None:
        self._down.callback(server.stop)
        server.start()
        self._supervisor.add(server)
        self._progress.tell(f"servers: {server.name} on port {server.port}")

    def _start_program(self, program: Child) -> None:
        self._down.callback(program.stop)
        program.start()
        self._supervisor.add(program)
        self._programs.append(program.name)

    def _await_health(self) -> None:
        """Wait until every program does its work; report a program that does not."""
        end = time.monotonic() + _HEALTHY_WITHIN_S
        ports = self._parts.ports.of
        waiting = {name: ports[name] for name in self._programs if name in ports}
        while waiting and time.monotonic() < end:
            self._supervisor.look()
            waiting = {name: port for name, port in waiting.items() if waits_for(port) is not None}
            time.sleep(_LOOK_EVERY_S if waiting else 0)
        for name, port in waiting.items():
            self._progress.tell(f"{name} is not ready: {waits_for(port)} (log: {self._folder / 'logs'})")

    def _ask(self, question: Coroutine[Any, Any, ResultT]) -> ResultT:
        return asyncio.run(question)


def _banner(running: Running, *, password_is_known: bool) -> str:
    password = running.password if password_is_known else "(changed since / 已更改)"
    prometheus = (
        ""
        if running.prometheus_port is None
        else f"\n  Prometheus              http://127.0.0.1:{running.prometheus_port}"
    )
    if running.alertmanager_port is not None:
        prometheus += (
            f"\n  Alerts 告警             http://127.0.0.1:{running.alertmanager_port}, logs/alerts.jsonl"
        )
    if running.tls_folder is not None:
        prometheus += f"\n  CA 根证书                {running.tls_folder}/ca.pem"
    return (
        f"\n  Command centre 指挥中心  {running.console_url}\n  User 用户                {running.login}\n"
        f"  Password 密码            {password}{prometheus}\n"
    )
