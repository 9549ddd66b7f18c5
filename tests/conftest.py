"""Fixtures for servers and databases; each starts when the first test uses it."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import hypothesis
import pytest

from deploy.acceptance.running_stack import RunningStack
from deploy.stack.accounts import PROGRAM_USERS
from program.redaction import public_address
from store.migrate import migrate
from tests.database_roles import let_in
from tests.servers import ROOT, Broker, DatabaseServer, missing

_GIVEN = os.environ.get("STREETWARDEN_TEST_DATABASE_URL")
_STACK = pytest.StashKey[RunningStack]()
_started: list[str] = []

# Servers and parallel parts of the suite share two cores, so the time of one example means nothing.
hypothesis.settings.register_profile("shared cores", deadline=None)
hypothesis.settings.load_profile("shared cores")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the whole stack run first: it takes a fifth of a core, and ends with the last of them."""
    items.sort(key=_wants_stack, reverse=True)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start the stack at once if a test uses it."""
    if any(map(_wants_stack, session.items)) and not session.config.option.collectonly and missing() is None:
        stack = RunningStack(
            folder=ROOT.parent / f"test-stack-{uuid.uuid4().hex[:8]}", city=None, system=ROOT
        )
        session.config.stash[_STACK] = stack
        stack.start()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """The stack ends after the last test that uses it."""
    if _wants_stack(item) and (nextitem is None or not _wants_stack(nextitem)):
        _end_stack(item.config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The stack ends with a run that is interrupted."""
    _end_stack(config)


def _end_stack(config: pytest.Config) -> None:
    stack = config.stash.get(_STACK, None)
    if stack is not None:
        del config.stash[_STACK]
        stack.end()
        stack.output.unlink(missing_ok=True)
        shutil.rmtree(stack.folder.path, ignore_errors=True)


def _wants_stack(item: pytest.Item) -> bool:
    return "city_stack" in getattr(item, "fixturenames", ())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the servers of this run."""
    if _started:
        terminalreporter.section("servers")
        for line in dict.fromkeys(_started):
            count = _started.count(line)
            terminalreporter.line(f"{line} (started {count} times)" if count > 1 else line)


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """Remove the log handlers of a program that a test ran in this process."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, sys.excepthook, threading.excepthook
    yield
    root.handlers[:], level, sys.excepthook, threading.excepthook = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.fixture(scope="session")
def servers_can_run() -> None:
    lack = missing()
    if lack is not None:
        pytest.fail(lack)


@pytest.fixture(scope="session")
def database_server(
    tmp_path_factory: pytest.TempPathFactory, servers_can_run: None
) -> Iterator[DatabaseServer]:
    """One server for the whole run; tests may kill and restart it."""
    server = DatabaseServer(tmp_path_factory.mktemp("postgresql"))
    began = time.monotonic()
    server.start()
    _started.append(f"PostgreSQL 17 with TimescaleDB and PostGIS, up in {time.monotonic() - began:.1f} s")
    yield server
    server.kill()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Databases:
    """Makes databases on one server.

    Attributes:
        url: of a database whose user may make others.
        template: the name of a migrated database without connections.
    """

    url: str
    template: str

    def of(self, name: str) -> str:
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def execute(self, *statements: str) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(self.url)
            try:
                for statement in statements:
                    await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(run())

    def make(self, *, migrated: bool) -> Iterator[str]:
        name = f"test_{uuid.uuid4().hex[:12]}"
        template = f" TEMPLATE {self.template}" if migrated else " ENCODING 'UTF8' TEMPLATE template0"
        self.execute(f"CREATE DATABASE {name}{template}")
        yield self.of(name)
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def _databases(request: pytest.FixtureRequest) -> Iterator[_Databases]:
    if _GIVEN:
        url = _GIVEN
        _started.append(f"the database given: {public_address(url)}")
    else:
        url = request.getfixturevalue("database_server").url("postgres")
    databases = _Databases(url=url, template=f"template_{uuid.uuid4().hex[:12]}")
    databases.execute(f"CREATE DATABASE {databases.template} ENCODING 'UTF8' TEMPLATE template0")
    asyncio.run(migrate(databases.of(databases.template)))
    asyncio.run(let_in(databases.url))
    # Each test copies it: a third of it are coordinate systems, of which we use one.
    _Databases(url=databases.of(databases.template), template="").execute(
        "DELETE FROM spatial_ref_sys WHERE srid <> 4326", "VACUUM FULL spatial_ref_sys"
    )
    databases.execute(
        f"ALTER DATABASE {databases.template} ALLOW_CONNECTIONS false",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{databases.template}'",
    )
    yield databases
    if _GIVEN:
        databases.execute(f"DROP DATABASE {databases.template} WITH (FORCE)")


@pytest.fixture
def _on_own_server(request: pytest.FixtureRequest) -> None:
    """The server for databases of tests that kill it."""
    if _GIVEN and "database_server" in request.fixturenames:
        pytest.skip(
            "kills the database server, and STREETWARDEN_TEST_DATABASE_URL names one that is not ours"
        )


@pytest.fixture
def empty_database_url(_on_own_server: None, _databases: _Databases) -> Iterator[str]:
    """An empty database for one test."""
    yield from _databases.make(migrated=False)


@pytest.fixture
def database_url(_on_own_server: None, _databases: _Databases) -> Iterator[str]:
    """A migrated database for one test."""
    yield from _databases.make(migrated=True)


@pytest.fixture(scope="session")
def city_stack(request: pytest.FixtureRequest, servers_can_run: None) -> RunningStack:
    """The whole stack with the simulated city, started with the run and shared by all tests."""
    stack = request.config.stash[_STACK]
    stack.await_up(within_s=300)
    _started.append("the whole stack: `streetwarden up` with the simulated city")
    return stack


@pytest.fixture
def broker(tmp_path: Path, servers_can_run: None) -> Iterator[Broker]:
    """A broker for one test, which accepts every client."""
    yield from _running(Broker(tmp_path / "broker"), "Mosquitto, open, one for each test that asks")


@pytest.fixture
def guarded_broker(tmp_path: Path, servers_can_run: None) -> Iterator[Broker]:
    """A broker for one test with the product's rules: users, passwords (the user's name), ACL."""
    users = (*PROGRAM_USERS, "vehicle/v1", "vehicle/v2", "box/box-1")
    server = Broker(tmp_path / "guarded-broker", passwords={user: user for user in users})
    yield from _running(server, "Mosquitto with passwords and ACL, one for each test that asks")


def _running(server: Broker, what: str) -> Iterator[Broker]:
    server.start()
    _started.append(what)
    yield server
    server.kill()
