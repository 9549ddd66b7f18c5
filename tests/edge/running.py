"""The edge program as users run it, and a centre that receives its messages."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self

import aiomqtt
import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests import plain_http
from tests.edge.clips import ZONE
from wire import Frame, Incident, Receipt, ReceiptOutcome, Status, Stream, Topic, decode, encode

PATIENCE_S = 60.0
DISTRICT = "350582"
BOX = "box-1"
TOPIC = f"sw/1/{DISTRICT}/box/{BOX}"
PLACE = "lat = 24.9\nlon = 118.6\n"


def crate_camera(identity: str, source: str, *, loop: bool = False, dwell_s: float = 3.0) -> str:
    """A camera with one zone in which nothing may stay."""
    return (
        f'[[camera]]\nid = "{identity}"\nsource = "{source}"\n{PLACE}loop = {str(loop).lower()}\n'
        f'[[camera.zone]]\nid = "kerb"\ndetects = "goods"\ndwell_s = {dwell_s}\n'
        f"polygon_px = {json.dumps(ZONE)}\n"
    )


class RunningEdge:
    """One edge process; tests may kill and restart it with the same settings."""

    def __init__(self, *, broker_url: str, folder: Path, cameras: str, **settings: object) -> None:
        self.log = folder / "edge.log"
        self.box_file = folder / "box.db"
        self._config = folder / "edge.toml"
        self._config.write_text(cameras, encoding="utf-8")
        given: dict[str, object] = {"box_id": BOX, "box_district": DISTRICT, "broker_password": f"box/{BOX}"}
        given |= {"outbox_path": self.box_file, "metrics_port": 0, "broker_longest_pause_s": 1}
        self._environment = {
            **os.environ,
            "STREETWARDEN_MQTT_URL": broker_url,
            **{f"STREETWARDEN_EDGE_{name.upper()}": str(value) for name, value in (given | settings).items()},
        }
        self._prelude = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._starts = 0

    def start(self) -> None:
        self._starts += 1
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "edge", "--config", str(self._config)]
            if self._prelude:  # in a mount namespace of its own
                script = f"{self._prelude} && exec {shlex.join(command)}"
                command = ["unshare", "--mount", "sh", "-c", script]
            self._process = subprocess.Popen(
                command,
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def on_a_disk_of(self, size: str, folder: Path) -> None:
        """Mount a small disk at a folder in the program's namespace; call it before the program starts."""
        self._prelude = f"mount -t tmpfs -o size={size} none {shlex.quote(str(folder))}"

    @property
    def root(self) -> Path:
        """The program's view of the file system."""
        assert self._process is not None
        return Path(f"/proc/{self._process.pid}/root")

    def is_running(self) -> bool:
        """Whether the program runs."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Send SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def stop(self) -> int:
        """Send SIGTERM; returns the exit status, 0 if it was never started."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(40)

    def exit_status(self) -> int:
        """Wait for it to end by itself."""
        assert self._process is not None
        return self._process.wait(40)

    async def metrics(self) -> dict[tuple[str, ...], float]:
        """Metric values by name and label values; empty if it does not answer."""
        told = re.findall(r"on (http://127.0.0.1:\d+)", self.log.read_text(encoding="utf-8"))
        if len(told) < self._starts:
            return {}
        async with plain_http.async_client() as client:
            try:
                text = (await client.get(f"{told[-1]}/metrics")).text
            except httpx.TransportError:
                return {}
        return {
            (sample.name.removeprefix("streetwarden_edge_"), *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    async def metric(self, *key: str) -> float:
        return (await self.metrics()).get(key, 0.0)


class Center:
    """Receives boxes' messages as the centre's user, and optionally sends receipts for incidents."""

    def __init__(self, broker_url: str, *, receipts: bool = True) -> None:
        self.receipts = receipts
        self.refuse: str | None = None
        self.incidents: list[Incident] = []
        self.stills: list[Frame] = []
        self.statuses: list[Status] = []
        self._port = int(broker_url.rsplit(":", 1)[1])
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    @property
    def keys(self) -> list[tuple[str, int]]:
        """The natural keys of the received incidents, repeats included."""
        return [(str(incident.incident_id), incident.revision) for incident in self.incidents]

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen())
        await self._ready.wait()
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._task is not None
        if self._task.done():  # it cannot have heard what a test waited for
            await self._task
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        async with self._client("center-ingest") as client, self._client("center-incidents") as receipts:
            await client.subscribe("sw/1/+/box/+/+", qos=1)
            self._ready.set()
            async for message in client.messages:
                topic = Topic.parse(str(message.topic))
                if topic.stream is Stream.RECEIPT:
                    continue
                assert isinstance(message.payload, bytes)
                await self._take(receipts, topic, decode(topic.stream, message.payload))

    def _client(self, user: str) -> aiomqtt.Client:
        return aiomqtt.Client("127.0.0.1", self._port, username=user, password=user)

    async def _take(self, receipts: aiomqtt.Client, topic: Topic, message: Any) -> None:
        if isinstance(message, Frame):
            self.stills.append(message)
        elif isinstance(message, Status):
            self.statuses.append(message)
        elif isinstance(message, Incident):
            self.incidents.append(message)
            if self.receipts:
                receipt = Receipt(
                    incident_id=message.incident_id,
                    revision=message.revision,
                    outcome=ReceiptOutcome.REFUSED if self.refuse else ReceiptOutcome.STORED,
                    reason=self.refuse,
                )
                # One that is lost on its way ends nothing: the box sends again, and is answered again.
                with contextlib.suppress(aiomqtt.MqttError):
                    await receipts.publish(str(topic.to(Stream.RECEIPT)), encode(receipt), qos=1, timeout=3)


async def until(condition: Callable[[], Awaitable[bool] | bool], *, patience_s: float = PATIENCE_S) -> None:
    """Wait for an outcome, and fail if it does not come."""
    end = time.monotonic() + patience_s
    while True:
        holds = condition()
        if not isinstance(holds, bool):
            holds = await holds
        if holds:
            return
        assert time.monotonic() < end, f"waited {patience_s:.0f} s in vain"
        await asyncio.sleep(0.05)
