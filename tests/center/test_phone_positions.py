"""Positions of staff phones: for one's own phone, with their own times, and only if the broker took them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio

from bench.mqtt_client import connect, connected
from center.phones.broker import Message, PhoneBroker
from center.settings import Phones
from program.tls import TlsError
from store.connection import Pool
from tests.center.conftest import StartCenter
from tests.center.running import DISTRICT, Browser, Center, add_operator
from tests.servers import Broker

pytestmark = pytest.mark.servers

PHONES = "center-phones"
INGEST = "center-ingest"
NOT_AUTHORIZED = 0x87
LONG_AGO = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest_asyncio.fixture
async def center(start_center: StartCenter, pool: Pool, guarded_broker: Broker) -> AsyncIterator[Center]:
    """A center with its account at the broker, and `mei`, whose person carries p07."""
    async with pool.acquire() as connection:
        await add_operator(connection, "mei", districts=[DISTRICT])
        await connection.execute("UPDATE person SET device = 'p07' WHERE person = 'mei'")
    yield await start_center(
        phones={"url": guarded_broker.url, "user": PHONES, "password": PHONES, "every_s": 3600.0}
    )


async def tell(browser: Browser, *fixes: dict[str, Any]) -> httpx.Response:
    return await browser.client.post(
        "/api/v1/me/positions", json={"fixes": list(fixes)}, headers={"X-CSRF-Token": browser.csrf}
    )


def fix(minute: int, **more: Any) -> dict[str, Any]:
    time = LONG_AGO.replace(minute=minute).isoformat()
    return {"time": time, "lat": 24.8, "lon": 118.57, "accuracy_m": 8.0, **more}


async def test_a_phone_reports_as_the_device_of_its_person_with_the_times_of_its_fixes(
    center: Center, guarded_broker: Broker
) -> None:
    ingest = await connect(guarded_broker.port, INGEST, clean=False, expiry_s=3600)
    await ingest.subscribe("sw/1/#")
    async with center.browser("mei") as browser:
        assert await browser.fetch("/me/phone") == {"device": "p07", "reports": True, "every_s": 3600.0}
        answer = await tell(browser, fix(2), fix(1, speed_mps=1.5))
        assert answer.status_code == 204, answer.text
    topic, payload, *_ = await ingest.next_message()
    assert topic == f"sw/1/{DISTRICT}/person/p07/position"
    told = json.loads(payload)
    assert [each["time"] for each in told] == ["2026-11-24T08:01:00Z", "2026-11-24T08:02:00Z"]
    assert (told[0]["speed_mps"], told[0]["accuracy_m"]) == (1.5, 8.0)
    await ingest.leave()


async def test_nothing_counts_as_received_that_the_broker_would_lose(
    center: Center, guarded_broker: Broker
) -> None:
    async with center.browser("mei") as browser:
        nobody = await tell(browser, fix(1))  # ingest has never run: the broker drops what it acknowledges
        assert (nobody.status_code, nobody.json()["code"]) == (503, "broker_away")
        assert nobody.headers["retry-after"] == "15"
        guarded_broker.kill()
        away = await tell(browser, fix(1))
        assert (away.status_code, away.json()["code"]) == (503, "broker_away")


async def test_an_account_without_a_phone_is_told_so_and_one_that_floods_is_slowed_down(
    center: Center, guarded_broker: Broker
) -> None:
    async with center.browser("li") as browser:
        assert (await browser.fetch("/me/phone"))["device"] is None
        answers = [await tell(browser, fix(1)) for _ in range(21)]
        assert (answers[0].status_code, answers[0].json()["code"]) == (409, "no_device")
        assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "too_often")
        assert (await tell(browser)).status_code == 422
        assert (await tell(browser, *[fix(1)] * 401)).status_code in {413, 422}
        assert (await tell(browser, {"lat": 91, "lon": 0, "time": LONG_AGO.isoformat()})).status_code == 422


async def test_a_center_without_an_account_takes_no_positions(start_center: StartCenter) -> None:
    center = await start_center()
    async with center.browser("li") as browser:
        assert (await browser.fetch("/me/phone"))["reports"] is False
        answer = await tell(browser, fix(1))
        assert (answer.status_code, answer.json()["code"]) == (409, "positions_off")


async def test_the_centers_account_may_write_positions_of_persons_and_nothing_else(
    guarded_broker: Broker,
) -> None:
    ingest = await connect(guarded_broker.port, INGEST, clean=False, expiry_s=3600)
    await ingest.subscribe("sw/1/#")
    async with connected(guarded_broker.port, PHONES) as phones:
        assert await phones.publish(f"sw/1/{DISTRICT}/person/p07/position") == 0
        for topic in ("person/p07/status", "vehicle/v1/position", "box/box-1/incident"):
            assert await phones.publish(f"sw/1/{DISTRICT}/{topic}") == NOT_AUTHORIZED, topic
    await ingest.leave()


async def test_two_centers_that_share_the_account_lose_nothing(guarded_broker: Broker) -> None:
    ingest = await connect(guarded_broker.port, INGEST, clean=False, expiry_s=3600)
    await ingest.subscribe("sw/1/#")
    settings = Phones(url=guarded_broker.url, user=PHONES, password=PHONES)
    centers = [PhoneBroker(settings), PhoneBroker(settings)]
    running = [asyncio.create_task(center.run()) for center in centers]
    topic = f"sw/1/{DISTRICT}/person/p07/position"
    told = {f"{number}-{turn}" for number in range(2) for turn in range(4)}

    async def publish(number: int) -> None:
        for turn in range(4):
            await centers[number].publish(Message(topic, f"{number}-{turn}".encode()))

    await asyncio.gather(publish(0), publish(1))
    for task in running:
        task.cancel()
    heard: set[str] = set()
    async with asyncio.timeout(10):
        while heard != told:  # some may come twice
            heard.add((await ingest.next_message())[1].decode())
    await ingest.leave()


def test_a_file_that_cannot_be_used_is_named_by_its_setting() -> None:
    chosen = Phones(url="mqtts://broker:8883", user="center-phones", ca_file="/absent/ca.pem")
    with pytest.raises(TlsError, match=r"phones\.ca_file /absent/ca\.pem cannot be used"):
        chosen.tls()
