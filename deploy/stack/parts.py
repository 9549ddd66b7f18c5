"""Creates the parts of a stack, its servers and programs, from its folder, ports and passwords."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.debian_root import System
from deploy.servers import Account, Alertmanager, Mosquitto, PostgreSQL, Prometheus
from deploy.servers.mosquitto import INGEST_USER, PHONES_USER
from deploy.stack import environment
from deploy.stack.certificates import CENTER, FLEET, Certificates
from deploy.stack.certificates import variables as variables_of_tls
from deploy.stack.child import Child
from deploy.stack.city_staff import FILE
from deploy.stack.environment import Addresses
from deploy.stack.folder import StackFolder
from deploy.stack.ports import Ports
from deploy.stack.secrets import Secrets
from deploy.stack.unprivileged import User, give


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Creates parts without starting them.

    Attributes:
        folder: the stack's.
        ports: the stack's; each part takes its own.
        system: the servers' Debian root.
        certificates: the stack's own; None without TLS.
        users: that the programs run as; None: our own user.
    """

    folder: StackFolder
    ports: Ports
    system: System
    certificates: Certificates | None = None
    users: Mapping[str, User] | None = None

    def database(self, known: Secrets, *, archive: bool) -> PostgreSQL:
        """The database server, which optionally archives its write-ahead log."""
        return PostgreSQL(
            system=self.system,
            folder=self.folder / "database",
            port=self.ports.take("postgresql"),
            password=known.administrator,
            archive=archive,
            log=self.folder.log("postgresql"),
        )

    def broker(self, everybody: list[Account], known: Secrets) -> Mosquitto:
        """The broker, with all accounts."""
        return Mosquitto(
            system=self.system,
            folder=self.folder / "broker",
            port=self.ports.take("mosquitto"),
            accounts=everybody,
            token=known.session_removal,
            log=self.folder.log("mosquitto"),
            tls=self.certificates.of_broker() if self.certificates is not None else None,
        )

    def prometheus(self, programs: list[str]) -> Prometheus:
        """Prometheus, which scrapes these programs."""
        return Prometheus(
            system=self.system,
            folder=self.folder / "prometheus",
            port=self.ports.take("prometheus"),
            targets=[(name, self.ports.of[name]) for name in programs],
            alertmanager_port=self.ports.of["alertmanager"],
            log=self.folder.log("prometheus"),
        )

    def alertmanager(self) -> Alertmanager:
        """Alertmanager, which notifies the alert log."""
        return Alertmanager(
            system=self.system,
            folder=self.folder / "alertmanager",
            port=self.ports.take("alertmanager"),
            alert_log_port=self.ports.of["alert-log"],
            log=self.folder.log("alertmanager"),
        )

    def alert_log(self, tell: Callable[[str], None]) -> Child:
        """The alert log, whose lines `up` also prints."""
        file = self.folder / "logs" / "alerts.jsonl"
        arguments = ("--port", str(self.ports.take("alert-log")), "--file", str(file))
        user = self._user("alert-log")
        file.touch()
        return Child(
            "alert-log",
            (sys.executable, "-P", "-m", "deploy.alert_log", *arguments),
            log=self.folder.log("alert-log"),
            tell=tell,
            user=user,
            needs=(give(file, user),),
        )

    def ingest(self, addresses: Addresses, *, passwords: Mapping[str, str], rules: Path) -> Child:
        """Ingest, with a city's rules if it has any."""
        port = self.ports.take("ingest")
        variables = environment.of_ingest(addresses, passwords=passwords, metrics_port=port)
        variables |= variables_of_tls("ingest", addresses.broker_tls(INGEST_USER))
        held = {name: self.folder / name for name in ("database", "broker")}
        variables["STREETWARDEN_INGEST_METRICS_VOLUMES"] = ",".join(
            f"{name}={folder}" for name, folder in held.items() if folder.is_dir()
        )
        arguments = ("--config", str(rules)) if rules.is_file() else ()
        needs = (self.evidence(), *held.values(), rules.parent)
        return self._program("ingest", variables, *arguments, needs=needs)

    def worker(self, addresses: Addresses) -> Child:
        """The worker."""
        own = self.folder / "worker"
        own.mkdir(exist_ok=True)
        port = self.ports.take("worker")
        variables = environment.of_worker(addresses, roots=own / "roots.jsonl", metrics_port=port)
        give(own, self._user("worker"), mode=0o700)
        return self._program("worker", variables, needs=(self.evidence(), own))

    def evidence(self) -> Path:
        """The folder of evidence: ingest and the centre write it, the worker removes from it."""
        evidence = self.folder / "evidence"
        (evidence / "evidence").mkdir(parents=True, exist_ok=True)  # else whoever looks first would own it
        for folder in (evidence / "evidence", *evidence.glob("evidence/*")):  # of an earlier release
            folder.chmod(0o770)
        return give(evidence, self._user("ingest"), mode=0o770)

    def edge(self, addresses: Addresses, *, box: Account, cameras: Path) -> Child:
        """The edge box that watches a city's cameras."""
        own = self.folder / "edge"
        own.mkdir(exist_ok=True)
        port = self.ports.take("edge")
        variables = environment.of_edge(addresses, box=box, outbox=own / "box.db", metrics_port=port)
        variables |= variables_of_tls("edge", addresses.broker_tls(box.user))
        give(own, self._user("edge"), mode=0o700)
        return self._program("edge", variables, "--config", str(cameras), needs=(own, cameras.parent))

    def center(self, addresses: Addresses, *, passwords: Mapping[str, str], with_public: bool) -> Child:
        """The command centre; `with_public` switches on what citizens reach."""
        web, metrics = self.ports.take("web"), self.ports.take("center")
        variables = environment.of_center(
            addresses, passwords=passwords, web_port=web, metrics_port=metrics, with_public=with_public
        )
        variables |= variables_of_tls("center", addresses.broker_tls(PHONES_USER), section="phones")
        if self.certificates is not None:
            authority = self.certificates.authority
            variables["STREETWARDEN_CENTER_WEB_TLS_CERTIFICATE"] = str(authority.certificate(CENTER))
            variables["STREETWARDEN_CENTER_WEB_TLS_KEY"] = str(authority.key(CENTER))
        return self._program("center", variables, needs=(self.evidence(),))

    def fleet(self, addresses: Addresses, *, city: Path, devices: list[Account], with_staff: bool) -> Child:
        """The simulated fleet, and the staff who work on cases."""
        credentials = self.folder.remember(
            "devices.json", {device.user: device.password for device in devices}
        )
        arguments = ("--city", str(city), "--broker-url", addresses.broker_url)
        files = addresses.broker_tls(FLEET)
        secured = (
            *("--ca-file", files.ca, "--crl-file", files.crl),
            *("--certificate-file", files.certificate, "--key-file", files.key),
        )
        give(credentials, self._user("city"))
        staff = give(self.folder / FILE, self._user("city")) if with_staff else None
        center = (
            *("--staff", str(staff), "--center-url", self.center_url()),
            *("--center-ca-file", "" if self.certificates is None else str(self.certificates.authority.ca)),
        )
        return self._program(
            "city", {}, "run", *arguments, "--credentials", str(credentials), *secured,
            *(() if staff is None else center),
            needs=(city, credentials, *(() if staff is None else (staff,))),
        )  # fmt: skip

    def center_url(self) -> str:
        """The address of the command centre, which may not run yet."""
        return f"{'http' if self.certificates is None else 'https'}://127.0.0.1:{self.ports.of['web']}"

    def give_keys(self) -> None:
        """Make each program's user the owner of its private key; a renewal keeps the owner."""
        if self.certificates is None:
            return
        authority = self.certificates.authority
        owners = {INGEST_USER: "ingest", CENTER: "center", PHONES_USER: "center", FLEET: "city"}
        for name in {one.name for one in authority.newest()}:
            program = "edge" if name.startswith("box/") else owners.get(name)
            if program is not None:
                give(authority.key(name), self._user(program))

    def _user(self, program: str) -> User | None:
        return None if self.users is None else self.users[program]

    def _program(
        self, module: str, variables: dict[str, str], *arguments: str, needs: tuple[Path, ...]
    ) -> Child:
        return Child(
            module,
            (sys.executable, "-P", "-m", module, *arguments),
            log=self.folder.log(module),
            environment=variables,
            user=self._user(module),
            needs=(*needs, *(() if self.certificates is None else (self.certificates.authority.path,))),
        )
