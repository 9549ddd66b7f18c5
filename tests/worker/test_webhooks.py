"""Changes of cases reach other systems: at least once, in order, whoever is slow, refuses or is killed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from casework.exchange import webhooks
from casework.exchange.webhooks import Wanted, WebhookError
from store.connection import Pool, open_pool
from tests.casework.cases import report, stall, walk
from tests.ingest.running import until
from tests.worker.conftest import StartWorker
from tests.worker.receiver import Receiver
from worker.webhooks import is_refusal, pause

pytestmark = pytest.mark.servers
NETWORKS = {"webhooks_networks": "127.0.0.0/8"}
DEPARTMENT = "城管执法中队"


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url, application="test", largest=4)
    yield pool
    await pool.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    async with receiver.running():
        yield receiver


async def subscribe(pool: Pool, receiver: Receiver, name: str, **wanted: Any) -> None:
    path = f"/{name}"
    async with pool.acquire() as connection, connection.transaction():
        receiver.secrets[path] = await webhooks.add_webhook(
            connection, name, Wanted(url=receiver.url(path), **wanted), by="li"
        )


async def state(pool: Pool, name: str) -> dict[str, Any]:
    async with pool.acquire() as connection:
        return await webhooks.find_webhook(connection, name)


async def again(pool: Pool, name: str) -> None:
    """Let the pause before the next attempt be over."""
    await pool.execute("UPDATE webhook SET next_at = now() WHERE name = $1", name)


async def test_changes_arrive_once_in_order_by_filter_and_a_stalled_receiver_delays_nobody(
    start_worker: StartWorker, pool: Pool, receiver: Receiver
) -> None:
    await report(pool, stall(zone="before"))
    receiver.status["/stalled"] = 0
    await subscribe(pool, receiver, "stalled")
    await subscribe(pool, receiver, "all", actions=("open", "dispatch"))
    await subscribe(pool, receiver, "dispatches", actions=("dispatch",))
    await subscribe(pool, receiver, "elsewhere", districts=("350999",))
    worker = start_worker(**NETWORKS, webhooks_timeout_s=2)
    cases = [await report(pool, stall(zone=f"zone-{number}")) for number in range(3)]
    for case in cases:
        await walk(pool, case.number, "dispatch", 1, department=DEPARTMENT)

    async def delivered() -> bool:
        return len(receiver.got.get("/all", [])) == 6 and len(receiver.got.get("/dispatches", [])) == 3

    await until(delivered)
    told = receiver.got["/all"]
    assert [data["action"] for data in told] == ["open"] * 3 + ["dispatch"] * 3, (
        "all since the subscription, in order"
    )
    assert {data["number"] for data in told} == {case.number for case in cases}
    assert told[-1]["case"]["department"] == told[-1]["changed"]["department"]
    assert "/elsewhere" not in receiver.got

    async def stalled() -> bool:
        found = await state(pool, "stalled")
        return found["attempts"] >= 1 and "no answer within 2 s" in found["last_error"]

    await until(stalled)

    async def shown() -> bool:
        metrics = await worker.metrics()
        return (
            metrics.get(("webhook_waiting_changes", "stalled"), 0) >= 6
            and metrics.get(("webhook_waiting_changes", "all")) == 0
            and metrics["webhook_attempts_total", "delivered"] == 9
            and metrics["webhook_oldest_waiting_seconds", "stalled"] > 0
        )

    await until(shown)


async def test_what_a_killed_worker_was_sending_is_sent_again_by_the_next(
    start_worker: StartWorker, pool: Pool, receiver: Receiver
) -> None:
    receiver.status["/in"] = 0
    await subscribe(pool, receiver, "in", actions=("open",))
    first = start_worker(name="first", **NETWORKS, webhooks_timeout_s=15)
    case = await report(pool, stall())

    async def sent() -> bool:
        return len(receiver.ids) == 1

    await until(sent)
    first.kill()
    await pool.execute("UPDATE pgqueuer SET heartbeat = heartbeat - interval '31 s'")
    await pool.execute("UPDATE pgqueuer_schedules SET heartbeat = heartbeat - interval '31 s'")
    receiver.status["/in"] = 204
    start_worker(name="second", **NETWORKS)

    async def delivered() -> bool:
        return len(receiver.got.get("/in", [])) == 1

    await until(delivered)
    assert receiver.got["/in"][0]["number"] == case.number
    assert len(set(receiver.ids)) == 1, "the same id, so that the receiver can tell"


async def test_what_cannot_be_delivered_becomes_a_dead_letter_and_is_replayed(
    start_worker: StartWorker, pool: Pool, receiver: Receiver
) -> None:
    await subscribe(pool, receiver, "in", actions=("open",))
    await subscribe(pool, receiver, "gone")
    receiver.status |= {"/in": 400, "/gone": 410}
    worker = start_worker(**NETWORKS, webhooks_attempts=2)
    case = await report(pool, stall())

    async def dead() -> bool:
        found = await state(pool, "in")
        if found["attempts"] == 1:
            await again(pool, "in")
        return bool(found["dead_letters"])

    await until(dead)
    async with pool.acquire() as connection:
        (letter,) = await webhooks.dead_letters(connection, "in")
        assert (letter["number"], letter["attempts"], letter["error"]) == (case.number, 2, "400")
        with pytest.raises(WebhookError, match="no dead letter 99"):
            await webhooks.replay(connection, "in", [99])

    receiver.status["/in"] = 204
    other = await report(pool, stall(zone="zone-2"))

    async def goes_on() -> bool:
        return [data["number"] for data in receiver.got.get("/in", [])] == [other.number]

    await until(goes_on)
    async with pool.acquire() as connection, connection.transaction():
        assert await webhooks.replay(connection, "in") == 1

    async def replayed() -> bool:
        return not (await state(pool, "in"))["dead_letters"]

    await until(replayed)
    assert [data["number"] for data in receiver.got["/in"]] == [other.number, case.number]
    gone = await state(pool, "gone")
    assert (gone["enabled"], gone["disabled_reason"]) == (False, "410")
    metrics = await worker.metrics()
    assert metrics["webhook_attempts_total", "dead"] == 1


async def test_a_receiver_in_our_own_network_is_not_asked_without_the_setting(
    start_worker: StartWorker, pool: Pool, receiver: Receiver
) -> None:
    await subscribe(pool, receiver, "in")
    start_worker()
    await report(pool, stall())

    async def refused() -> bool:
        return "not public" in ((await state(pool, "in"))["last_error"] or "")

    await until(refused)
    assert receiver.ids == []


def test_pauses_grow_to_an_hour() -> None:
    assert [pause(failures).total_seconds() for failures in (1, 2, 3, 10, 11, 500)] == [
        5, 10, 20, 2560, 3600, 3600,
    ]  # fmt: skip
    assert sum((pause(failures) for failures in range(1, 12)), timedelta()) < timedelta(hours=3)


def test_a_receiver_that_is_busy_does_not_refuse() -> None:
    answers = (200, 302, 400, 404, 408, 422, 425, 429, 500, 503)
    assert [status for status in answers if is_refusal(status)] == [400, 404, 422]


@pytest.mark.parametrize(
    "url",
    ["", "ftp://host/", "https://", "https://user:pw@host/", "https://host/#x", "http://host:99999/",
     "https://host/ x", "https://hóst/", "https://host/\n", "https://" + "a" * 500, "javascript:alert(1)"],
)  # fmt: skip
def test_a_url_that_cannot_be_sent_to_is_refused(url: str) -> None:
    with pytest.raises(WebhookError, match="URL"):
        Wanted(url=url)


async def test_the_number_of_subscriptions_is_limited(
    pool: Pool,
) -> None:
    async with pool.acquire() as connection, connection.transaction():
        for number in range(webhooks.MAX_WEBHOOKS):
            await webhooks.add_webhook(connection, f"w{number}", Wanted(url="https://a.example/"), by="li")
        with pytest.raises(WebhookError, match="remove one first"):
            await webhooks.add_webhook(connection, "more", Wanted(url="https://a.example/"), by="li")
        await webhooks.remove_webhook(connection, "w1")
        assert len(await webhooks.list_webhooks(connection)) == webhooks.MAX_WEBHOOKS - 1
