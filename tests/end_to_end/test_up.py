"""`streetwarden up`: two at once, restart on the same data, fresh start, and complete shutdown."""

from __future__ import annotations

import asyncio
import signal
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from deploy import broker_probe
from deploy.acceptance.running_stack import RunningStack
from deploy.broker_probe import BrokerError, Login
from deploy.errors import DeployError
from deploy.servers.mosquitto import DOCTOR_USER
from deploy.stack.accounts import PROGRAM_USERS
from deploy.stack.folder import Running
from program.tls import TlsFiles
from tests.servers import ROOT, Broker

CITY = ROOT.parent / "city"
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def second(city_stack: RunningStack, tmp_path: Path) -> Iterator[RunningStack]:
    """A stack beside the one that all tests share, which has made the city by now."""
    stack = RunningStack(folder=tmp_path / "stack", city=CITY, system=ROOT)
    yield stack
    stack.end()


def positions(database_url: str) -> int:
    async def count() -> int:
        connection = await asyncpg.connect(database_url)
        try:
            return int(await connection.fetchval("SELECT count(*) FROM position"))
        finally:
            await connection.close()

    return asyncio.run(count())


def assert_all_live(stack: RunningStack) -> None:
    """Its 200 vehicles come in one after the other, within some seconds."""
    end = time.monotonic() + 60
    while stack.status()["vehicles_live"] != 200:
        assert time.monotonic() < end


def mounts(folder: Path) -> list[str]:
    return [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(folder) in line]


def assert_nothing_is_left(stack: RunningStack, processes: list[psutil.Process]) -> None:
    assert len(processes) > 10
    assert psutil.wait_procs(processes, timeout=30)[1] == []
    assert mounts(stack.folder.path) == []


def assert_speaks_tls_alone(stack: RunningStack, known: Running) -> None:
    """Browsers and the broker's clients need the stack's CA, and the clients a certificate of their own."""
    assert known.tls_folder is not None
    trusting = ssl.create_default_context(cafile=f"{known.tls_folder}/ca.pem")
    for _ in range(20):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{known.console_url}/api/v1/session", timeout=10, context=trusting)
    with pytest.raises(urllib.error.URLError, match="certificate verify failed"):
        urllib.request.urlopen(known.console_url, timeout=10)
    doctor = Login(user=DOCTOR_USER, password=known.doctor_password)
    broker_probe.log_in(known.broker_url, doctor, tls=TlsFiles(**known.broker_tls))
    # The broker's word for it is lost where its end of the connection comes first.
    with pytest.raises(BrokerError, match=r"requires a certificate|does not accept our certificate \("):
        broker_probe.log_in(known.broker_url, doctor, tls=TlsFiles(ca=known.broker_tls["ca"]))
    with pytest.raises(BrokerError, match="by a CA that this machine does not know"):
        broker_probe.log_in(known.broker_url, doctor)
    found = stack.ask("doctor").stdout
    assert "✓ broker: mqtts://" in found
    assert "✓ broker's sessions" in found


def test_two_stacks_over_tls_restart_and_fresh_start(city_stack: RunningStack, second: RunningStack) -> None:
    second.start("--client-certificates")
    first, known = city_stack.await_up(), second.await_up()
    assert not set(first.metrics_ports.values()) & set(known.metrics_ports.values())
    assert_all_live(second)
    assert_all_live(city_stack)
    assert_speaks_tls_alone(second, known)

    processes = second.processes()
    assert second.stop() == 0
    assert_nothing_is_left(second, processes)
    assert_all_live(city_stack)

    second.start("--client-certificates")
    again = second.await_up()
    assert (again.password, again.console_url) == (known.password, known.console_url)
    assert positions(again.database_url) > 0
    second.stop()

    second.start("--fresh")
    anew = second.await_up()
    assert anew.password != known.password


def test_no_child_survives_a_kill(second: RunningStack) -> None:
    second.start()
    second.await_up()
    processes = second.processes()
    second.stop(by=signal.SIGKILL)
    assert_nothing_is_left(second, processes)


def test_a_second_up_in_one_folder_is_refused(city_stack: RunningStack) -> None:
    known = city_stack.await_up()
    rival = RunningStack(folder=city_stack.folder.path, city=CITY, system=ROOT)
    rival.output = rival.output.with_suffix(".rival")
    rival.start()
    assert rival.await_end(within_s=30) == 1
    said = rival.output.read_text(encoding="utf-8")
    rival.output.unlink()
    assert f"already (process {known.pid}); stop that one with Ctrl-C" in said


def test_a_program_that_ends_is_started_again(second: RunningStack) -> None:
    second.start()
    second.await_up()
    edge = second.program("edge")
    assert edge is not None
    edge.kill()
    end = time.monotonic() + 30
    while second.program("edge") in (None, edge):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert "edge ended: " in second.output.read_text(encoding="utf-8")


def test_servers_of_the_users_own_are_used(
    city_stack: RunningStack, database_url: str, broker: Broker, tmp_path: Path
) -> None:
    given = {"STREETWARDEN_DATABASE_URL": database_url, "STREETWARDEN_MQTT_URL": broker.url}
    stack = RunningStack(folder=tmp_path / "stack", city=CITY, system=ROOT, environment=given)
    stack.start()
    try:
        known = stack.await_up()
        assert (known.database_url, known.broker_url) == (database_url, broker.url)
        assert not {"postgres", "mosquitto"} & {process.name() for process in stack.processes()}
        assert_all_live(stack)
    finally:
        stack.end()


def test_a_broker_without_the_accounts_gets_files_with_them(
    city_stack: RunningStack, database_url: str, guarded_broker: Broker, tmp_path: Path
) -> None:
    given = {"STREETWARDEN_DATABASE_URL": database_url, "STREETWARDEN_MQTT_URL": guarded_broker.url}
    stack = RunningStack(folder=tmp_path / "stack", city=CITY, system=ROOT, environment=given)
    stack.start()
    with pytest.raises(DeployError, match="refuses the user center-doctor") as caught:
        stack.await_up()
    assert "Traceback" not in str(caught.value)
    accounts = (tmp_path / "stack" / "broker-accounts" / "passwords").read_text().splitlines()
    assert {*PROGRAM_USERS, "box/box-1", "vehicle/v200"} <= {line.split(":")[0] for line in accounts}
