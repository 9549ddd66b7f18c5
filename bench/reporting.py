"""A box of a chaos run: it reports incidents with a picture, and sends each until the centre's receipt."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import aiomqtt
import asyncpg

BOX: Final = "box/chaos-1"
_CAMERA: Final = "chaos-camera"
SOURCES: Final = f'\n[[sources]]\naccount = "{BOX}"\ncameras = ["{_CAMERA}"]\n'
"""The settings of ingest that let it report."""

_JPEG: Final = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1R"
    "V19iZ2hnPk1xeXBkeFxlZ2P/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAA"
    "AAD/2gAIAQEAAD8AP//Z"
)
"""A grey picture of 8 x 8 pixels."""

_PATIENCE_S: Final = 1.0
_MISSING: Final = """
SELECT count(*) FROM unnest($1::uuid[]) AS reported (id)
WHERE NOT EXISTS (SELECT FROM incident WHERE incident_id = id)
   OR NOT EXISTS (SELECT FROM case_incident WHERE incident_id = id)
   OR NOT EXISTS (SELECT FROM evidence WHERE incident_id = id)
"""


class Box:
    """Sends again what has no receipt, as the edge box does.

    Args:
        url: the broker, with its user and password if it asks for them.
        district: six digits.
    """

    def __init__(self, url: str, *, district: str) -> None:
        self._address = urlsplit(url)
        self._topic = f"sw/1/{district}/{BOX}"
        self._waiting: dict[str, bytes] = {}
        self._receipted: set[str] = set()
        self.refused = 0
        """Receipts that say so; anything but 0 is wrong."""

    @property
    def waiting(self) -> int:
        """Incidents without a receipt."""
        return len(self._waiting)

    @property
    def receipted(self) -> int:
        """Incidents of which the centre said that it has them."""
        return len(self._receipted)

    def report(self) -> None:
        """Find a new incident."""
        incident_id, now = str(uuid4()), time.time()
        message: dict[str, Any] = {
            "incident_id": incident_id,
            "revision": 1,
            "phase": "begun",
            "type": "stall",
            "observed_at": now,
            "began_at": now - 30,
            "lat": 24.9,
            "lon": 118.6,
            "camera": _CAMERA,
            "zone": f"zone-{incident_id[:8]}",
            "pictures": [{"role": "finding", "taken_at": now, "jpeg": _JPEG}],
        }
        self._waiting[incident_id] = json.dumps(message).encode()

    async def run(self) -> None:
        """Stay connected, send, and hear receipts; never returns."""
        while True:
            try:
                async with aiomqtt.Client(
                    self._address.hostname or "127.0.0.1",
                    self._address.port or 1883,
                    username=unquote(self._address.username) if self._address.username else None,
                    password=unquote(self._address.password) if self._address.password else None,
                    protocol=aiomqtt.ProtocolVersion.V5,
                ) as client:
                    await client.subscribe(f"{self._topic}/receipt", qos=1)
                    sending = asyncio.create_task(self._send(client), name="box")
                    try:
                        await self._hear(client)
                    finally:
                        sending.cancel()
                        await asyncio.gather(sending, return_exceptions=True)
            except (aiomqtt.MqttError, OSError):
                await asyncio.sleep(0.1)

    async def missing(self, database_url: str, evidence: Path) -> int:
        """Receipted incidents without their row, case, evidence, or the evidence's file."""
        digest = hashlib.sha256(base64.b64decode(_JPEG)).hexdigest()
        if self._receipted and not (evidence / digest[:2] / f"{digest}.jpg").is_file():
            return len(self._receipted)
        connection = await asyncpg.connect(database_url)
        try:
            return int(await connection.fetchval(_MISSING, sorted(self._receipted)))
        finally:
            await connection.close()

    async def _send(self, client: aiomqtt.Client) -> None:
        while True:
            for message in list(self._waiting.values()):
                await client.publish(f"{self._topic}/incident", message, qos=1)
            await asyncio.sleep(_PATIENCE_S)

    async def _hear(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            receipt = json.loads(bytes(message.payload))
            if receipt["outcome"] == "refused":
                self.refused += 1
            elif self._waiting.pop(receipt["incident_id"], None) is not None:
                self._receipted.add(receipt["incident_id"])
