"""Another system that speaks Open311: it sends citizens' reports, and asks what became of them."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx
import msgspec
import shapely

from geo.geojson import read_features

log = logging.getLogger(__name__)

_API: Final = "/open311/v2"
_SAID: Final = (
    "井盖不见了,很危险",
    "路边摆摊,行人过不去",
    "Rubbish heaped on the pavement",
    "车停在人行道上",
)
_MAX_FOLLOWED: Final = 50

Place = tuple[float, float]
"""Longitude and latitude, degrees."""


class _Service(msgspec.Struct, frozen=True):
    service_code: str


class _Sent(msgspec.Struct, frozen=True):
    service_request_id: str


class _Request(msgspec.Struct, frozen=True):
    service_request_id: str
    status: str
    status_notes: str | None


class OutsideSystem:
    """Sends reports, and follows the newest of them.

    Args:
        key: its API key at the command centre.
        center_url: of the command centre.
        tls: how to verify it; None for http.
        album: pictures that citizens send, JPEG.
        places: where they find something.
        seed: random seed of what they report.
        every_s: mean seconds between two reports.
    """

    def __init__(
        self,
        key: str,
        *,
        center_url: str,
        tls: ssl.SSLContext | None,
        album: Sequence[bytes],
        places: Sequence[Place],
        seed: int,
        every_s: float,
    ) -> None:
        self.known: dict[str, str] = {}
        """The status of each report that it follows, by number."""
        self._key = key
        self._center_url = center_url
        self._tls = tls
        self._album = album
        self._places = places
        self._chance = random.Random(f"{seed}/open311")
        self._every_s = every_s

    async def work(self) -> None:
        """Report and follow until cancelled; while the centre is unreachable, wait for it."""
        async with httpx.AsyncClient(
            base_url=self._center_url, verify=self._tls or True, timeout=30, trust_env=False
        ) as http:
            while True:
                await asyncio.sleep(self._every_s * self._chance.uniform(0.5, 1.5))
                try:
                    await self._report(http)
                    await self._follow(http)
                except (httpx.HTTPError, msgspec.MsgspecError) as error:
                    log.warning("Open311 does not answer: %s", error or type(error).__name__)

    async def _report(self, http: httpx.AsyncClient) -> None:
        listed = (await http.get(f"{_API}/services.json")).raise_for_status()
        services = msgspec.json.decode(listed.content, type=list[_Service])
        lon, lat = self._chance.choice(list(self._places))
        answer = await http.post(
            f"{_API}/requests.json",
            data={
                "api_key": self._key,
                "service_code": self._chance.choice(services).service_code,
                "lat": f"{lat:.6f}",
                "long": f"{lon:.6f}",
                "description": self._chance.choice(_SAID),
            },
            files=[("media", ("picture.jpg", self._chance.choice(list(self._album)), "image/jpeg"))],
            headers={"Idempotency-Key": uuid4().hex},
        )
        (sent,) = msgspec.json.decode(answer.raise_for_status().content, type=list[_Sent])
        self.known[sent.service_request_id] = "open"
        while len(self.known) > _MAX_FOLLOWED:
            del self.known[next(iter(self.known))]
        log.info("Open311: report %s", sent.service_request_id)

    async def _follow(self, http: httpx.AsyncClient) -> None:
        found = await http.get(f"{_API}/requests.json", params={"service_request_id": ",".join(self.known)})
        for each in msgspec.json.decode(found.raise_for_status().content, type=list[_Request]):
            if self.known.get(each.service_request_id) != each.status:
                number, notes = each.service_request_id, each.status_notes
                log.info("Open311: report %s is %s: %s", number, each.status, notes)
                self.known[each.service_request_id] = each.status


def places_of(city: Path) -> list[Place]:
    """The middle of each street of a city folder.

    Raises:
        GeoJsonError: the folder has no usable streets.
    """
    streets = [each.geometry for each in read_features(city / "streets.geojson", kinds={"LineString"})]
    middles = shapely.line_interpolate_point(streets, 0.5, normalized=True)
    return [(point.x, point.y) for point in middles]
