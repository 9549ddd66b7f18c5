"""Traffic for the alert benchmark: a vehicle that drives, a box that comes and goes, and invalid messages."""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

_DISTRICT: Final = "350582"
_EVERY_S: Final = 0.05


class Senders:
    """One connection for all of them; it reconnects by itself.

    Args:
        broker_url: of a broker that accepts every client.
    """

    def __init__(self, broker_url: str) -> None:
        parts = urlsplit(broker_url)
        self._address = parts.hostname or "127.0.0.1", parts.port or 1883
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="bench-alerts", protocol=paho.MQTTv5
        )
        self._client.reconnect_delay_set(1, 1)
        self._drives = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._drive, name="vehicle", daemon=True)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Connect and drive; at the end stop."""
        self._client.connect(*self._address)
        self._client.loop_start()
        self.resume()
        self._thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            self._drives.set()
            self._thread.join()
            self._client.disconnect()
            self._client.loop_stop()

    def pause(self) -> None:
        """Stop the vehicle's positions."""
        self._drives.clear()

    def resume(self) -> None:
        """Publish the vehicle's position."""
        self._drives.set()

    def says_online(self, *, online: bool) -> None:
        """Publish a box's status: online or offline."""
        self._send("box/box-9/status", {"time": time.time(), "online": online})

    def send_refused(self, messages: int) -> None:
        """Invalid messages, each of another vehicle: the quarantine keeps a row for each topic and reason."""
        for number in range(messages):
            self._send(f"vehicle/v{1000 + number}/position", {"nonsense": number})

    def send_forged_still(self) -> None:
        """A still of a camera that is not the sender's."""
        picture = base64.b64encode(b"no matter what").decode()
        still = {"time": time.time(), "camera": "cam-1", "jpeg": picture}
        self._send("vehicle/v800/frame", still)

    def send_incidents(self, count: int) -> None:
        """Incidents of one camera, each another problem."""
        now = time.time()
        for number in range(count):
            self._send(
                "camera/cam-8/incident",
                {
                    "incident_id": str(uuid.uuid4()), "revision": 1, "phase": "begun", "type": "goods",
                    "observed_at": now, "began_at": now, "lat": 24.9, "lon": 118.6, "camera": "cam-8",
                    "zone": f"zone-{number}",
                },
            )  # fmt: skip

    def send_too_much(self, fixes: int) -> None:
        """An array of fixes of one vehicle, a second apart."""
        now = time.time()
        kept = [{"time": now - each, "lat": 24.9, "lon": 118.6} for each in range(fixes)]
        for first in range(0, fixes, 500):
            self._send("vehicle/v801/position", kept[first : first + 500])

    def _drive(self) -> None:
        while self._drives.wait() and not self._stopping.wait(_EVERY_S):
            self._send("vehicle/v001/position", {"time": time.time(), "lat": 24.9, "lon": 118.6})

    def _send(self, where: str, what: object) -> None:
        self._client.publish(f"sw/1/{_DISTRICT}/{where}", json.dumps(what), qos=1)
