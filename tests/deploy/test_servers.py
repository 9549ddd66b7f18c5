"""The real servers are confined, probed at their start, and end with the process that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from deploy import debian_root
from deploy.errors import ServerError
from deploy.servers import Prometheus
from tests.ports import free_port
from tests.servers import ROOT, Broker, DatabaseServer

OWNER = """
import sys, time
from pathlib import Path
from tests.servers import Broker, DatabaseServer
top = Path(sys.argv[1])
servers = [Broker(top / "broker", {"vehicle/v1": "x"}), DatabaseServer(top / "database")]
for server in servers:
    server.start()
print("started", flush=True)
time.sleep(600)
"""


def mounts_and_processes(folder: Path) -> list[str]:
    """Processes and mounts on this machine that still use the folder."""
    found = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(folder) in line]
    for process in psutil.process_iter(["cmdline"]):
        command = " ".join(process.info["cmdline"] or [])
        if str(folder) in command and process.pid != os.getpid():
            found.append(command)
    return found


def test_no_process_or_mount_is_left_when_the_owner_is_killed(tmp_path: Path, servers_can_run: None) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"started\n"
    below = psutil.Process(owner.pid).children(recursive=True)
    assert {"mosquitto", "postgres"} <= {process.name() for process in below}

    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()

    _, alive = psutil.wait_procs(below, timeout=20)
    assert alive == []
    assert mounts_and_processes(tmp_path) == []


def test_a_broker_takes_up_its_port_and_data_again(broker: Broker) -> None:
    port = broker.port
    broker.kill()
    assert not broker.is_running()
    broker.start()
    assert broker.port == port
    assert broker.answers()


def test_a_database_stops_in_order(tmp_path: Path, servers_can_run: None) -> None:
    server = DatabaseServer(tmp_path / "database")
    server.start()
    server.stop()
    assert "database system is shut down" in server.log.read_text()


def test_a_paused_broker_does_not_answer(broker: Broker) -> None:
    broker.pause()
    assert not broker.answers()
    broker.resume()
    assert broker.answers()


def test_a_port_that_is_taken_is_not_mistaken_for_ours(broker: Broker, tmp_path: Path) -> None:
    second = Broker(tmp_path / "second")
    second.port = broker.port
    with pytest.raises(ServerError, match=f"cannot have port {broker.port}"):
        second.start()


def test_a_server_that_ends_at_once_says_why(tmp_path: Path, servers_can_run: None) -> None:
    server = DatabaseServer(tmp_path / "database")
    (tmp_path / "database" / "cluster").mkdir(parents=True)
    (tmp_path / "database" / "cluster" / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServerError, match=r"PostgreSQL ended at once; its log .*database\.log says why"):
        server.start()


def test_prometheus_reads_the_rules_that_ship(tmp_path: Path, servers_can_run: None) -> None:
    server = Prometheus(
        system=debian_root.find(ROOT),
        folder=tmp_path / "prometheus",
        port=free_port(),
        targets=[("ingest", 1)],
    )
    server.start()
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/api/v1/rules", timeout=5) as answer:
            assert b'"status":"success"' in answer.read()
    finally:
        server.kill()
