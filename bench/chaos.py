"""Nothing acknowledged is lost, whatever breaks: `python -m bench chaos` (scripts/chaos).

Devices send all the while. In each round some things go wrong at random moments: ingest, the database or
the broker is killed, connections are cut, the database stalls or its disk is full, clocks step. When all runs
again the ledger is read: what was acknowledged to the devices, beside what the tables hold.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from bench import hostile
from bench.account import Account as Accounted
from bench.account import Key, Ledger, Watch, total, without_fate
from bench.contenders import Ours, Servers
from bench.devices import Device
from bench.faults import Strike, World, breaks_broker, plan
from bench.fleet import Message
from bench.hostile import FLOOD, FORGETFUL, HOSTILE, Hostile
from bench.own_mounts import have_own_mounts
from bench.reporting import BOX, Box
from bench.stand import PASSWORD, TOKEN, Stand, stand
from bench.traffic import DISTRICT, Traffic
from deploy.servers import Account
from deploy.servers.mosquitto import CONSUMERS, INCIDENTS_USER, INGEST_USER, MONITOR_USER
from deploy.stack.accounts import PROGRAM_USERS
from store.quality import HIDDEN

_KEEPING: Final = 4
_FORGETFUL: Final = 1
_VEHICLES: Final = 200
_GATEWAYS: Final = tuple(f"gateway-{number}" for number in range(_KEEPING + _FORGETFUL))
"""Each sends for many vehicles, which no device's account may."""
_RULES: Final = hostile.RULES + "".join(
    f"\nuser {user}\ntopic write sw/1/+/vehicle/+/+\n" for user in _GATEWAYS
)
_ACCOUNTS: Final = tuple(
    Account(user=user, district=DISTRICT, password=PASSWORD)
    for user in (*PROGRAM_USERS, *_GATEWAYS, HOSTILE, FLOOD, FORGETFUL, BOX)
)
_AUTOSAVE_S: Final = 1
_KEEP_S: Final = 4 * _AUTOSAVE_S
_DISK_MIB: Final = 1024
_PATIENCE_S: Final = 120.0
_CALM_S: Final = 5.0
_PORTION_S: Final = 0.02
_REPORT_S: Final = 0.5
_DATABASE_SETTINGS: Final = {"max_wal_size": "128MB", "min_wal_size": "32MB"}


@click.command(name="chaos")
@click.option("--rounds", default=100, help="How many times things go wrong.")
@click.option("--seed", default=1, help="Of what goes wrong when; the same seed, the same plan.")
@click.option("--rate", default=1000, help="Messages a second.")
@click.option("--seconds", default=4.0, help="For which devices send, and things go wrong, in each round.")
@click.option("--json", "as_json", is_flag=True, help="Print only the last line, the JSON object.")
def command(*, rounds: int, seed: int, rate: int, seconds: float, as_json: bool) -> None:
    """Break things under load, and account for every acknowledged message.

    The last line is one JSON object with the account of all rounds; the exit status is 1 unless 0 messages
    are lost, doubled or unaccounted for.
    """
    have_own_mounts()
    with stand(
        autosave_s=_AUTOSAVE_S,
        settings=_DATABASE_SETTINGS,
        accounts=_ACCOUNTS,
        rules=_RULES,
        database_disk=small_disk,
    ) as own:
        run = _Run(own=own, rate=rate, seconds=seconds, seed=seed)
        result = asyncio.run(run.all(rounds, tell=_nothing if as_json else _say))
    print(json.dumps(result))
    sys.exit(0 if result["clean"] else 1)


def _say(line: str) -> None:
    print(line, flush=True)


def _nothing(line: str) -> None:
    del line


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of its own for a folder, small enough to be filled."""
    image = folder.parent / f"{folder.name}.ext4"
    with image.open("wb") as file:
        file.truncate(_DISK_MIB * 2**20)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", str(image)], check=True)
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(folder)], check=True)
    try:
        (folder / "lost+found").rmdir()
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class _Run:
    """All rounds on one pair of servers, so that what one leaves behind meets the next."""

    def __init__(self, *, own: Stand, rate: int, seconds: float, seed: int) -> None:
        self._own = own
        self._rate = rate
        self._seconds = seconds
        self._seed = seed
        self._ledger = Ledger()
        self._traffic = Traffic(self._ledger, vehicles=_VEHICLES, seed=seed)
        self._ours = Ours(
            Servers(broker_url=own.broker_url, database_url=own.database_url),
            broker_user=INGEST_USER,
            broker_password=PASSWORD,
            incidents_user=INCIDENTS_USER,
            incidents_password=PASSWORD,
            monitor_user=MONITOR_USER,
            monitor_password=PASSWORD,
            database_patience_s=3,
            log_level="ERROR",  # that it waits is what we make it do
        )
        self._devices = [
            *(
                Device(own.broker_url_of(user), keep_s=_KEEP_S, on_acknowledged=self._ledger.acknowledge)
                for user in _GATEWAYS[:_KEEPING]
            ),
            *(
                Device(
                    own.broker_url_of(user), keep_s=None, on_acknowledged=self._ledger.acknowledge_forgetful
                )
                for user in _GATEWAYS[_KEEPING:]
            ),
        ]
        # Kept messages are sent again whenever the broker hangs up, which it does to a flood.
        self._flood = Device(own.broker_url_of(FLOOD), keep_s=None, on_acknowledged=self._acknowledge_flood)
        self._broker_breaks = False
        self._hostile = Hostile(own, token=TOKEN)
        self._box = Box(own.broker_url_of(BOX), district=DISTRICT)
        self._struck: Counter[str] = Counter()

    async def all(self, rounds: int, tell: Callable[[str], None]) -> dict[str, Any]:
        """The account of all rounds together."""
        began = datetime.now(UTC)
        async with (
            self._ours.running(),
            _in_background(self._box.run(), *(device.run() for device in (*self._devices, self._flood))),
        ):
            await self._until(self._session_is_saved, "the broker to save the session of ingest")
            world = World(
                own=self._own,
                ours=self._ours,
                devices=self._devices,
                traffic=self._traffic,
                hostile=self._hostile,
                flood=self._flood,
            )
            with Watch(self._ours.metrics) as watch:
                dirty = 0
                for number in range(rounds):
                    account, struck = await self._round(number, world)
                    dirty += not account.is_clean
                    tell(f"round {number + 1}: {struck}\n    {_line(account)}")
                account = await self._read_ledger(began, self._ledger.acked, self._ledger.forgetful)
            tell(f"all rounds\n    {_line(account)}")
            missing = await self._box.missing(self._own.database_url, self._ours.evidence)
        return {
            **asdict(account),
            "rounds": rounds,
            "dirty_rounds": dirty,
            "scrapes": watch.scrapes,
            "unbalanced_scrapes": watch.unbalanced,
            "forged_refused": self._hostile.refused,
            "faults": dict(sorted(self._struck.items())),
            "seed": self._seed,
            "incidents": self._box.receipted,
            "incidents_lost": missing,
            "incidents_refused": self._box.refused,
            "clean": account.is_clean
            and not dirty
            and not watch.unbalanced
            and not missing
            and not self._box.refused,
        }

    async def _round(self, number: int, world: World) -> tuple[Accounted, str]:
        began = datetime.now(UTC)
        before, before_forgetful = set(self._ledger.acked), set(self._ledger.forgetful)
        strikes = plan(self._seed, number, seconds=self._seconds)
        self._broker_breaks = any(breaks_broker(strike.fault) for strike in strikes)
        self._struck.update(str(strike.fault) for strike in strikes)
        await asyncio.gather(self._send(), *(world.strike(strike) for strike in strikes))
        await self._until(self._all_acknowledged, "the broker to acknowledge everything")
        await self._until(self._all_receipted, "the centre's receipts")
        await self._ours.ready()
        account = await self._settled_account(
            began, self._ledger.acked - before, self._ledger.forgetful - before_forgetful
        )
        return account, _story(strikes)

    def _acknowledge_flood(self, message: Message) -> None:
        """A killed broker may forget what this device does not keep; any other must not."""
        if self._broker_breaks:
            self._ledger.acknowledge_forgetful(message)
        else:
            self._ledger.acknowledge(message)

    async def _send(self) -> None:
        """The round's messages, evenly, whatever happens meanwhile."""
        began = time.monotonic()
        sent = reported = 0
        while (passed := time.monotonic() - began) < self._seconds:
            due = int(passed * self._rate) - sent
            for vehicle, message in self._traffic.make(due, time.time()):
                self._devices[vehicle % len(self._devices)].send([message])
            sent += due
            if passed >= reported * _REPORT_S:
                self._box.report()
                reported += 1
            await asyncio.sleep(_PORTION_S)

    async def _settled_account(self, since: datetime, acked: set[Key], forgetful: set[Key]) -> Accounted:
        """The account when it is clean, or when nothing has moved for a while and it is not."""
        still_since, seen = time.monotonic(), -1.0
        while True:
            metrics = await asyncio.to_thread(self._ours.metrics)
            received = total(metrics, "streetwarden_ingest_messages_received_total")
            if received != seen or total(metrics, "streetwarden_ingest_messages_in_flight"):
                still_since, seen = time.monotonic(), received
            else:
                account = await self._read_ledger(since, acked, forgetful)
                if account.is_clean or time.monotonic() - still_since > _CALM_S:
                    return account
            await asyncio.sleep(0.1)

    async def _read_ledger(self, since: datetime, acked: set[Key], forgetful: set[Key]) -> Accounted:
        metrics = await asyncio.to_thread(self._ours.metrics)
        return await self._ledger.compare(
            self._own.database_url,
            since=since,
            acked=acked,
            forgetful=forgetful,
            hidden=int(HIDDEN),
            without_fate=without_fate(metrics),
            broker_dropped=int(metrics["streetwarden_ingest_broker_dropped_total"]),
        )

    async def _session_is_saved(self) -> bool:
        """A broker killed before would know nothing of ingest: what came meanwhile would be for nobody."""
        saved = self._own.broker.folder / "data" / "mosquitto.db"
        return saved.exists() and all(each.encode() in saved.read_bytes() for each in CONSUMERS)

    async def _all_receipted(self) -> bool:
        return not self._box.waiting

    async def _all_acknowledged(self) -> bool:
        return not any(device.backlog.unacknowledged for device in (*self._devices, self._flood))

    async def _until(self, condition: Callable[[], Awaitable[bool]], what: str) -> None:
        end = time.monotonic() + _PATIENCE_S
        while not await condition():
            if time.monotonic() > end:
                raise RuntimeError(f"waited {_PATIENCE_S:.0f} s for {what} in vain")
            await asyncio.sleep(0.05)


@asynccontextmanager
async def _in_background(*works: Coroutine[None, None, None]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(work, name=f"device {number}") for number, work in enumerate(works)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception):
            raise error


def _story(strikes: Sequence[Strike]) -> str:
    return ", ".join(
        f"{strike.fault} at {strike.at_s:.1f} s for {strike.lasts_s:.1f} s" for strike in strikes
    )


def _line(account: Accounted) -> str:
    return ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in asdict(account).items())
