"""Every alert is seen to fire and to clear: `python -m bench alerts`.

Ingest, worker, center, broker, database, Prometheus, Alertmanager and the alert log run for real. One thing
after the other breaks as it would in a city, and is put right again; what counts is what the alert log is
told. With `--faster` the rules' times are so many times shorter; without it they are those that ship (half
an hour).
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import asyncpg
import click

from bench.contenders import Ours, Servers
from bench.errors import BenchError
from bench.own_mounts import have_own_mounts
from bench.ports import free_port
from bench.senders import Senders
from bench.stand import Stand, stand
from deploy.alert_log import AlertLog, Line
from deploy.doctor import services
from deploy.servers import Alertmanager, Prometheus
from deploy.stack.health import waits_for
from program.http_server import HttpServer, bind

_DISK_MIB: Final = 16
_QUARANTINE_ROWS: Final = 50
_FLOOD: Final = 3
_BURST_ROWS: Final = 1000
_AWAY: Final = ("StreetwardenCenterAway", "StreetwardenWorkerAway")
_SUPPRESSED: Final = {"StreetwardenCenterWithoutDatabase", "StreetwardenWorkerWithoutDatabase"}
"""What follows from a database that is away."""
_PATIENCE: Final = 30.0
"""How many times a rule's own time an alert may take, at the least one minute."""


@click.command(name="alerts")
@click.option("--faster", default=1.0, help="How many times shorter the rules' times are.")
@click.option("--json", "as_json", is_flag=True, help="Print only the last line, the JSON object.")
def command(*, faster: float, as_json: bool) -> None:
    """Break one thing after the other, and see the alert for it fire and clear.

    The last line is one JSON object: of each alert the seconds to fire and to clear, null where it did not.
    The exit status is 1 unless all did.
    """
    have_own_mounts()
    with stand(settings={"fsync": "off"}) as own, small_disk(own.folder / "disk") as disk:
        result = asyncio.run(_Trial(own, disk, faster, tell=_nothing if as_json else _say).run())
    print(json.dumps(result))
    sys.exit(0 if result["all"] else 1)


def _say(line: str) -> None:
    print(line, flush=True)


def _nothing(line: str) -> None:
    del line


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk that can be filled."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK_MIB}m", "none", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _is_well(port: int) -> bool:
    return waits_for(port) is None


def _has_scraped(port: int) -> bool:
    """Whether Prometheus has seen ingest, so that what is counted from now on is an increase."""
    url = f"http://127.0.0.1:{port}/api/v1/query?query=streetwarden_ingest_cases_total"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bool(json.load(answer)["data"]["result"])


class _Told:
    """What the alert log is told."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.lines: list[Line] = []
        self._tell = tell

    def add(self, line: Line) -> None:
        """One line of it."""
        self.lines.append(line)
        self._tell(f"          {line.in_words()}")

    def state(self, alert: str) -> str:
        """What was told of an alert last: firing, for any labels; else resolved; else empty."""
        last = {str(line.labels): line.status for line in self.lines if line.alert == alert}
        return "firing" if "firing" in last.values() else "resolved" if last else ""


class _Trial:
    """One run."""

    def __init__(self, own: Stand, disk: Path, faster: float, *, tell: Callable[[str], None]) -> None:
        self._own = own
        self._disk = disk
        self._faster = faster
        self._tell = tell
        self._told = _Told(tell)
        self._found: dict[str, dict[str, float | None]] = {}
        self._ports = {"center": free_port(), "worker": free_port()}
        self._alertmanager_port = free_port()
        self._ingest = Ours(
            Servers(broker_url=own.broker_url, database_url=own.database_url),
            rules=False,
            log_level="ERROR",
            metrics_volumes=f"disk={disk}",
            metrics_stalled_s=5,
            quarantine_rows=_QUARANTINE_ROWS,
            cases_flood_incidents=_FLOOD,
            quota_rows_per_s=100,
            quota_burst_rows=_BURST_ROWS,
            database_patience_s=600,  # as long as a lock lasts: the server answers, and nothing is stored
        )
        self._programs: dict[str, subprocess.Popen[bytes]] = {}
        self._senders = Senders(own.broker_url)

    async def run(self) -> dict[str, Any]:
        """Break it and put it right; what was seen."""
        with ExitStack() as down:
            down.callback(self._kill, *self._ports)
            async with self._ingest.running(), self._senders.running():
                self._start(*self._ports)
                for program, port in self._ports.items():
                    await self._until(f"{program} to be well", partial(_is_well, port))
                prometheus = self._start_monitoring(down)
                await self._until("the watchdog", lambda: self._is_known("StreetwardenWatchdog"))
                await self._until("a scrape of ingest", lambda: _has_scraped(prometheus.port))
                self._senders.says_online(online=True)
                await self._quiet_street()
                emptied = self._clear(time.monotonic(), "StreetwardenDiskFull", "StreetwardenDiskNearlyFull")
                stall, _ = await asyncio.gather(self._locked_table(), emptied)
                suppressed = await self._stopped_database()
                await self._break(self._own.broker.kill, self._own.broker.start, "StreetwardenBrokerAway")
                await self._break(self._ingest.kill, self._ingest.start, "StreetwardenIngestAway")
                for alert in _AWAY:
                    self._found[f"{alert}, killed"] = self._found.pop(alert)
                await self._break(
                    lambda: prometheus.scrape([("ingest", self._ingest.port)]),
                    lambda: prometheus.scrape(self._targets()),
                    *_AWAY,
                )
        seen = all(value is not None for times in self._found.values() for value in times.values())
        return {
            "all": bool(seen and stall["health"] and stall["doctor"] and suppressed),
            "alerts": self._found,
            "stall": stall,
            "suppressed": suppressed,
        }

    async def _quiet_street(self) -> None:
        """Accounts that say what they may not, refused messages, a disk, a box; and then nobody speaks."""
        told = (
            "StreetwardenSourceUnauthorized",
            "StreetwardenReportFlood",
            "StreetwardenQuotaExceeded",
        )
        self._senders.send_forged_still()
        self._senders.send_incidents(2 * _FLOOD)
        self._senders.send_too_much(2 * _BURST_ROWS)
        await self._fire(time.monotonic(), *told)
        cleared = asyncio.create_task(self._clear(time.monotonic(), *told), name="accounts")
        self._senders.send_refused(3 * _QUARANTINE_ROWS)
        self._senders.pause()
        self._fill(0.92)
        self._senders.says_online(online=False)
        await self._fire(
            time.monotonic(),
            "StreetwardenQuarantineFull",
            "StreetwardenBoxSilent",
            "StreetwardenDiskNearlyFull",
            "StreetwardenNoMessages",
        )
        self._fill(0.99)
        self._senders.resume()
        self._senders.says_online(online=True)
        await asyncio.gather(
            self._fire(time.monotonic(), "StreetwardenDiskFull"),
            self._clear(
                time.monotonic(),
                "StreetwardenQuarantineFull",
                "StreetwardenBoxSilent",
                "StreetwardenNoMessages",
            ),
        )
        self._fill(0)
        await cleared

    async def _locked_table(self) -> dict[str, str]:
        """Somebody locks the table of positions; meanwhile center and worker are killed too."""
        holder = await asyncpg.connect(self._own.database_url)
        await holder.execute("BEGIN; LOCK TABLE position IN ACCESS EXCLUSIVE MODE")
        begun = time.monotonic()
        self._kill(*self._ports)
        await self._fire(begun, *_AWAY, "StreetwardenIngestNotConsuming")
        said = waits_for(self._ingest.port) or ""
        asker = await asyncpg.connect(self._own.database_url)
        named = (await services.locks(asker)).found
        await asker.close()
        await holder.close()
        self._start(*self._ports)
        await self._clear(time.monotonic(), *_AWAY, "StreetwardenIngestNotConsuming")
        return {
            "health": said if "none has got its fate" in said else "",
            "doctor": named if "has locked" in named else "",
        }

    async def _stopped_database(self) -> list[str]:
        """The database is stopped; what follows from that is not told."""
        begun = time.monotonic()
        await asyncio.to_thread(self._own.database.stop)
        await self._fire(begun, "StreetwardenDatabaseAway")
        await self._until("what follows from it to be suppressed", lambda: self._suppressed() >= _SUPPRESSED)
        suppressed = sorted(self._suppressed())
        await asyncio.to_thread(self._own.database.start)
        await self._clear(time.monotonic(), "StreetwardenDatabaseAway")
        return suppressed

    async def _break(
        self, break_it: Callable[[], object], mend_it: Callable[[], object], *alerts: str
    ) -> None:
        begun = time.monotonic()
        await asyncio.to_thread(break_it)
        await self._fire(begun, *alerts)
        begun = time.monotonic()
        await asyncio.to_thread(mend_it)
        await self._clear(begun, *alerts)

    async def _fire(self, begun: float, *alerts: str) -> None:
        await self._see("fires", "firing", begun, alerts)

    async def _clear(self, begun: float, *alerts: str) -> None:
        await self._see("clears", "resolved", begun, alerts)

    async def _see(self, word: str, state: str, begun: float, alerts: tuple[str, ...]) -> None:
        """Wait until all of them have been told; whatever was not is left null."""
        waiting = set(alerts)
        for alert in alerts:
            self._found.setdefault(alert, {}).setdefault(word, None)
        end = begun + max(60.0, _PATIENCE * 60 / self._faster)
        while waiting and time.monotonic() < end:
            for alert in [alert for alert in waiting if self._told.state(alert) == state]:
                waiting.discard(alert)
                took = round(time.monotonic() - begun, 1)
                self._found[alert][word] = took
                self._tell(f"{took:6.1f} s  {alert} {word}")
            await asyncio.sleep(0.05)
        for alert in waiting:
            self._tell(f"     never  {alert} {word}")

    def _fill(self, share: float) -> None:
        """Let this share of the small disk be used."""
        (self._disk / "ballast").write_bytes(bytes(int(share * _DISK_MIB * 2**20)))

    def _targets(self) -> list[tuple[str, int]]:
        return [("ingest", self._ingest.port), *self._ports.items()]

    def _start_monitoring(self, down: ExitStack) -> Prometheus:
        log = AlertLog(self._told.add, seconds=time.monotonic, now=lambda: datetime.now(UTC))
        bound = bind("127.0.0.1", 0)
        alert_log_port: int = bound.getsockname()[1]
        listener = HttpServer(bound, log.answer, largest_body=4 * 1024 * 1024)
        listener.start()
        down.callback(listener.stop)
        system, folder = self._own.broker.system, self._own.folder
        alertmanager = Alertmanager(
            system=system,
            folder=folder / "alertmanager",
            port=self._alertmanager_port,
            alert_log_port=alert_log_port,
            waits_ms=100 if self._faster > 1 else None,
        )
        prometheus = Prometheus(
            system=system,
            folder=folder / "prometheus",
            port=free_port(),
            targets=self._targets(),
            alertmanager_port=self._alertmanager_port,
            faster=self._faster,
        )
        for server in (alertmanager, prometheus):
            down.callback(server.kill)
            server.start()
        return prometheus

    def _start(self, *programs: str) -> None:
        for program in programs:
            name = f"STREETWARDEN_{program.upper()}"
            environment = {
                **os.environ,
                "STREETWARDEN_DATABASE_URL": self._own.database_url,
                "STREETWARDEN_EVIDENCE_URL": (self._own.folder / "evidence").as_uri(),
                "STREETWARDEN_CENTER_WEB_PORT": "0",
                f"{name}_METRICS_PORT": str(self._ports[program]),
                f"{name}_LOG_LEVEL": "ERROR",
            }
            command = ["setpriv", "--pdeathsig", "KILL", sys.executable, "-m", program]
            self._programs[program] = subprocess.Popen(command, env=environment)

    def _kill(self, *programs: str) -> None:
        for program in programs:
            process = self._programs.pop(program, None)
            if process is not None:
                process.kill()
                process.wait(30)

    def _is_known(self, alert: str) -> bool:
        return any(one["labels"]["alertname"] == alert for one in self._at_alertmanager())

    def _suppressed(self) -> set[str]:
        return {
            str(one["labels"]["alertname"])
            for one in self._at_alertmanager()
            if one["status"]["state"] == "suppressed"
        }

    def _at_alertmanager(self) -> list[dict[str, Any]]:
        url = f"http://127.0.0.1:{self._alertmanager_port}/api/v2/alerts"
        with urllib.request.urlopen(url, timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    async def _until(self, what: str, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + max(60.0, 600 / self._faster)
        while not await asyncio.to_thread(holds):
            if time.monotonic() > end:
                raise BenchError(f"waited in vain for {what}")
            await asyncio.sleep(0.05)
