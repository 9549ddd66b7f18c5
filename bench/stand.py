"""A broker and a database for a benchmark, in a temporary folder.

They are the stack's servers with the stack's settings, so measurements apply to production: commits reach the
disk, and the broker saves its queues.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psutil

from bench.ports import free_port
from deploy import debian_root
from deploy.servers import Account, Mosquitto, PostgreSQL, Server
from store.migrate import migrate

_ROOT: Final = Path(os.environ.get("STREETWARDEN_SERVERS_FOLDER") or ".streetwarden/debian-13").absolute()
PASSWORD: Final = "a benchmark's password"  # noqa: S105 gone with the folder
"""The password of the database's administrator, and of every account of a guarded broker."""
TOKEN: Final = "removes-sessions"  # noqa: S105
_DATABASE: Final = "postgres"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Running servers.

    Attributes:
        broker: without accounts it accepts every client, because the load is many devices over few
            connections.
        database: with a migrated database in it.
        folder: for other files of the benchmark.
        tools: the command prefix of `mosquitto_sub` and `psql`.
    """

    broker: Mosquitto
    database: PostgreSQL
    folder: Path
    tools: tuple[str, ...] = ()

    @property
    def broker_url(self) -> str:
        """Of the broker."""
        return self.broker.url

    def broker_url_of(self, user: str) -> str:
        """The address of the broker, with an account."""
        return self.broker.url.replace("//", f"//{quote(user, safe='')}:{quote(PASSWORD, safe='')}@")

    @property
    def database_url(self) -> str:
        """The address of the migrated database."""
        return self.database.url(_DATABASE)


@contextmanager
def stand(
    *,
    autosave_s: int | None = None,
    settings: Mapping[str, str] | None = None,
    accounts: Sequence[Account] | None = None,
    rules: str = "",
    database_disk: Callable[[Path], AbstractContextManager[None]] = lambda _: nullcontext(),
) -> Iterator[Stand]:
    """Start both servers; at the end, stop them and delete their files.

    Args:
        autosave_s: seconds between the broker's saves; None takes the stack's.
        settings: of PostgreSQL; override the stack's.
        accounts: of the broker, which then has the stack's rules and limits; None accepts every client.
        rules: further lines of the broker's ACL.
        database_disk: mounts a file system at the database's folder.

    Raises:
        DeployError: this machine cannot run them; the text has the remedy.
    """
    signal.signal(signal.SIGTERM, _leave)
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="streetwarden-bench-")))
        folder.chmod(0o755)  # the servers run as users of their own
        _ROOT.parent.mkdir(parents=True, exist_ok=True)
        system = debian_root.make(
            _ROOT, tell=lambda line: print(line, file=sys.stderr), log=_ROOT.parent / "debian-13.log"
        )
        saving: dict[str, Any] = {} if autosave_s is None else {"autosave_s": autosave_s}
        broker = Mosquitto(
            system=system,
            folder=folder / "broker",
            port=free_port(),
            accounts=accounts,
            token=TOKEN,
            rules=rules,
            **saving,
        )
        database = PostgreSQL(
            system=system,
            folder=folder / "database",
            port=free_port(),
            password=PASSWORD,
            settings=dict(settings or {}),
        )
        ending.enter_context(database_disk(database.folder))
        for server in (broker, database):
            ending.callback(server.kill)
            server.start()
        asyncio.run(migrate(database.url(_DATABASE)))
        tools = () if system.is_this_machine else ("chroot", str(system.root))
        yield Stand(broker=broker, database=database, folder=folder, tools=tools)


def _leave(number: int, frame: object) -> None:
    """End as on Ctrl-C, and stop everything."""
    del frame
    sys.exit(128 + number)


def server_cpu_s(server: Server) -> float:
    """Processor seconds of a server: all processes of its namespace, including those that have ended."""
    process = server._process  # noqa: SLF001 nobody else asks
    return cpu_s(process.pid) if process is not None else 0.0


def cpu_s(process: int) -> float:
    """Processor seconds of a process and its children, including those that have ended."""
    total = 0.0
    try:
        top = psutil.Process(process)
        everyone = [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return total
    for each in everyone:
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def say_if_busy() -> None:
    """Warn if the machine is busy, because the figures are then unreliable."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load > cores / 2:
        print(f"the machine is busy (load {load:.1f} on {cores} cores): compare only ratios", file=sys.stderr)
