"""Measures the cost of an abandoned session and of our limits at the broker: `python -m bench broker`.

Ingest's session receives everything; a second session is abandoned. Devices send during the whole run, and
one of them measures the time of a PUBACK. *before* is Mosquitto alone with five seconds between saves and
half a GiB for each queue, as in the first release; *limits* has the plugin (ADR 0101, 0102); *no_plugin* is
the same without it, so that the broker's CPU time for each message shows the cost of the plugin.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import click
import psutil

from bench.mqtt_client import Client, connect
from bench.ports import free_port
from deploy import debian_root
from deploy.servers import Account, Mosquitto
from deploy.servers.broker_limits import KINDS
from wire.topics import Kind

_ROOT: Final = Path(os.environ.get("STREETWARDEN_SERVERS_FOLDER") or ".streetwarden/debian-13").absolute()
_DISTRICT: Final = "350582"
_INGEST: Final = "center-ingest"
_SENDERS: Final = tuple(f"vehicle/v{number}" for number in range(4))
_PROBE: Final = "vehicle/probe"
_PAYLOAD: Final = bytes(1000)
_PORTION: Final = 50


class _Untied(Mosquitto):
    """Client ids are not tied to users, so that ingest can leave a second session; devices may flood."""

    def prepare(self) -> None:
        super().prepare()
        self._edit("mosquitto.conf", "use_username_as_clientid true\n", "")
        moving = KINDS[Kind.VEHICLE]
        rates = f"{moving.messages_per_s} {moving.burst} {moving.bytes_per_s} {moving.burst_bytes}"
        self._edit("limits", f"vehicle {rates}", "vehicle 1e9 1e9 1e12 1e12")

    def _edit(self, name: str, old: str, new: str) -> None:
        file = self.folder / name
        text = file.read_text(encoding="utf-8")
        assert old in text, (name, old)
        file.write_text(text.replace(old, new), encoding="utf-8")


class _NoPlugin(_Untied):
    """A broker with Mosquitto's own queue limit, because nothing else limits the queue."""

    def prepare(self) -> None:
        super().prepare()
        self._edit("mosquitto.conf", "max_queued_bytes 0", "max_queued_bytes 536870912")
        self._edit("mosquitto.conf", "\nplugin", "\n# plugin")


class _Before(_NoPlugin):
    """The same, saving every five seconds."""

    def prepare(self) -> None:
        super().prepare()
        self._edit("mosquitto.conf", "autosave_interval 0", "autosave_interval 5")


async def _measure(kind: type[Mosquitto], *, seconds: float, rate: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="streetwarden-bench-") as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101, S103 the server has a user of its own
        users = (_INGEST, "center-monitor", _PROBE, *_SENDERS)
        broker = kind(
            system=debian_root.find(_ROOT),
            folder=Path(folder) / "broker",
            port=free_port(),
            accounts=[Account(user=user, district=_DISTRICT, password=user) for user in users],
        )
        await asyncio.to_thread(broker.start)
        try:
            return await _load(broker, seconds=seconds, rate=rate)
        finally:
            broker.kill()


async def _load(broker: Mosquitto, *, seconds: float, rate: int) -> dict[str, Any]:
    forgotten = await connect(broker.port, _INGEST, client_id="forgotten", clean=False, expiry_s=7 * 86_400)
    await forgotten.subscribe("sw/1/#")
    await forgotten.leave()
    ingest = await connect(broker.port, _INGEST, clean=False, expiry_s=3600)
    await ingest.subscribe("sw/1/#")
    taking = asyncio.create_task(_take(ingest), name="ingest")
    server = psutil.Process(broker._servers()[0].pid)  # noqa: SLF001 nobody else asks
    spent_before = _cpu_s(server)
    end = time.monotonic() + seconds
    senders = [
        asyncio.create_task(_send(await connect(broker.port, user), user, end, rate / len(_SENDERS)))
        for user in _SENDERS
    ]
    waits = await _probe(await connect(broker.port, _PROBE), end)
    sent = sum(await asyncio.gather(*senders))
    taking.cancel()
    await asyncio.wait([taking])
    saved = broker.folder / "data" / "mosquitto.db"
    return {
        "messages": sent,
        "puback_p50_ms": round(waits[len(waits) // 2] * 1000, 1),
        "puback_p90_ms": round(waits[len(waits) * 9 // 10] * 1000, 1),
        "puback_max_ms": round(waits[-1] * 1000, 1),
        "cpu_us_a_message": round((_cpu_s(server) - spent_before) / (sent + len(waits)) * 1e6, 1),
        "written_mib": server.io_counters().write_chars >> 20,
        "saved_mib": saved.stat().st_size >> 20 if saved.exists() else 0,
        "memory_mib": server.memory_info().rss >> 20,
    }


def _cpu_s(server: psutil.Process) -> float:
    spent = server.cpu_times()
    return float(spent.user + spent.system)


async def _take(ingest: Client) -> None:
    while True:
        await ingest.next_message()
        ingest.acknowledge()


async def _send(client: Client, user: str, end: float, rate: float) -> int:
    sent, began = 0, time.monotonic()
    while time.monotonic() < end:
        client.send([(f"sw/1/{_DISTRICT}/{user}/position", _PAYLOAD)] * _PORTION)
        sent += len(await client.acknowledged(_PORTION))
        await asyncio.sleep(max(0.0, began + sent / rate - time.monotonic()))
    await client.close()
    return sent


async def _probe(client: Client, end: float) -> list[float]:
    waits = []
    while time.monotonic() < end:
        began = time.monotonic()
        await client.publish(f"sw/1/{_DISTRICT}/{_PROBE}/position")
        waits.append(time.monotonic() - began)
        await asyncio.sleep(0.01)
    await client.close()
    return sorted(waits)


@click.command()
@click.option("--seconds", default=60.0, show_default=True, help="Seconds for each of the three.")
@click.option("--rate", default=4000, show_default=True, help="Messages of 1,000 bytes a second.")
def command(*, seconds: float, rate: int) -> None:
    """Measure the cost of an abandoned session and of our limits at the broker."""
    found = {}
    for name, kind in (("before", _Before), ("no_plugin", _NoPlugin), ("limits", _Untied)):
        found[name] = asyncio.run(_measure(kind, seconds=seconds, rate=rate))
        print(f"{name}: {found[name]}", file=sys.stderr)
    print(json.dumps(found))
