"""The stack's folder: its data, ports and passwords, and a lock for one `up` at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from deploy.errors import DeployError

DEFAULT: Final = Path(".streetwarden/stack")
VARIABLE: Final = "STREETWARDEN_STACK_FOLDER"
SYSTEM_VARIABLE: Final = "STREETWARDEN_SERVERS_FOLDER"

StructT = TypeVar("StructT", bound=msgspec.Struct)


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """The addresses and passwords of a running stack, for `status` and `doctor`.

    Attributes:
        pid: of `up`.
        console_url: the command centre.
        login: for signing on there.
        password: of the login.
        database_url: as the database's owner, with a password in it.
        monitor_database_url: as `status` and `doctor` use it.
        backup_database_url: as `backup` uses it.
        administrator_database_url: as `restore` uses it, a superuser.
        broker_url: without a user.
        doctor_password: of the broker's user center-doctor.
        doctor_device_password: of the broker's user device/streetwarden-doctor.
        session_token: allows the removal of a session from the broker.
        evidence_url: the evidence storage.
        prometheus_port: None if there is none.
        alertmanager_port: None if there is none.
        metrics_ports: of each program's `/metrics` and `/health`.
        broker_tls: the files for TLS to the broker, by setting.
        tls_folder: of the stack's CA; None without TLS.
    """

    pid: int
    console_url: str
    login: str
    password: str
    database_url: str
    monitor_database_url: str
    backup_database_url: str
    administrator_database_url: str
    broker_url: str
    doctor_password: str
    doctor_device_password: str
    session_token: str = ""
    evidence_url: str
    prometheus_port: int | None
    alertmanager_port: int | None
    metrics_ports: dict[str, int]
    broker_tls: dict[str, str] = {}
    tls_folder: str | None = None


class _Servers(msgspec.Struct, frozen=True, kw_only=True):
    """The Debian root with database, broker and monitoring."""

    system: str


class StackFolder:
    """One stack's folder.

    Args:
        path: of the folder; created when it is first locked.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Lock it for this process; notes of an earlier run are removed.

        Raises:
            DeployError: another `up` uses it, or the folder contains something else.
        """
        if self.path.is_dir() and not self._lock.exists() and any(self.path.iterdir()):
            raise DeployError(f"{self.path} holds something else; give --folder an empty or a new folder")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            file = self._lock.open("a+", encoding="utf-8")
        except OSError as error:
            raise DeployError(
                f"cannot write into {self.path} ({error.strerror}); give --folder another place"
            ) from None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.seek(0)
                raise DeployError(
                    f"a stack is up in {self.path} already (process {file.read().strip() or 'unknown'}); "
                    "stop that one with Ctrl-C, or give --folder another place"
                ) from None
            self.forget("running.json")
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            try:
                yield
            finally:
                self.forget("running.json")
                file.truncate(0)

    def empty(self) -> None:
        """Remove all data, only while locked; the lock stays."""
        for entry in self.path.iterdir():
            if entry == self._lock:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def log(self, name: str) -> Path:
        """The log of a server or program; the log of the previous run is kept beside it."""
        logs = self / "logs"
        logs.mkdir(exist_ok=True)
        log = logs / f"{name}.log"
        if log.exists():
            log.rename(log.with_suffix(".log.1"))
        return log

    def remember(self, name: str, value: msgspec.Struct | dict[str, str]) -> Path:
        """Atomically write a file that only its owner may read."""
        file = self / name
        draft = self / f".{name}"
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(value)) + b"\n")
        draft.rename(file)
        return file

    def recall(self, name: str, kind: type[StructT]) -> StructT | None:
        """The content of a remembered file, if it exists and can be read."""
        try:
            return msgspec.json.decode((self / name).read_bytes(), type=kind)
        except (OSError, msgspec.MsgspecError):
            return None

    def forget(self, name: str) -> None:
        """Remove a remembered file."""
        (self / name).unlink(missing_ok=True)

    def remember_system(self, system: Path) -> None:
        """Save the path of the Debian root that this stack's servers run from."""
        self.remember("servers.json", _Servers(system=str(system)))

    def system(self) -> Path:
        """The Debian root of its servers: from the environment, from its last `up`, or beside it."""
        noted = self.recall("servers.json", _Servers)
        given = os.environ.get(SYSTEM_VARIABLE)
        return Path(given or (noted.system if noted is not None else self.path.parent / "debian-13"))

    @property
    def _lock(self) -> Path:
        return self / "lock"


def running(folder: StackFolder) -> Running | None:
    """The running stack in a folder; None if it is not up."""
    found = folder.recall("running.json", Running)
    if found is None:
        return None
    with (folder / "lock").open(encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return found
    return None
