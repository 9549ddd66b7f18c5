"""The real program with a filled outbox, the real broker, and a centre that is slow, strict or away."""

from __future__ import annotations

import random

from tests.edge.boxes import fill, incident, keys, opened
from tests.edge.conftest import StartEdge
from tests.edge.running import Center, RunningEdge, until
from tests.servers import Broker
from wire import Incident


def prepared(start_edge: StartEdge, messages: list[Incident], **settings: object) -> RunningEdge:
    """A box that was stopped with these messages in its outbox."""
    quick: dict[str, object] = {"outbox_resend_s": 0.5, "outbox_longest_resend_s": 2}
    edge = start_edge("", at_once=False, **{**quick, **settings})
    fill(edge.box_file, messages)
    return edge


async def emptied(edge: RunningEdge) -> None:
    async def empty() -> bool:
        return (await edge.metrics()).get(("outbox_messages",)) == 0

    await until(empty)


async def test_what_gets_a_receipt_is_sent_once_in_order_and_forgotten(
    guarded_broker: Broker, start_edge: StartEdge
) -> None:
    messages = [incident(picture_bytes=20_000) for _ in range(40)]
    edge = prepared(start_edge, messages, outbox_window=4, outbox_resend_s=30)
    async with Center(guarded_broker.url) as center:
        edge.start()
        await until(lambda: len(center.incidents) >= 40)
        await emptied(edge)
        assert center.keys == keys(messages)
        assert center.incidents == messages
        assert await edge.metric("receipts_total", "stored") == 40
        assert await edge.metric("messages_sent_total") == 40


async def test_without_a_receipt_it_is_sent_again_until_one_comes(
    guarded_broker: Broker, start_edge: StartEdge
) -> None:
    messages = [incident() for _ in range(3)]
    edge = prepared(start_edge, messages)
    async with Center(guarded_broker.url, receipts=False) as center:
        edge.start()
        await until(lambda: len(center.incidents) >= 9)
        assert center.keys[:9] == keys(messages) * 3
        assert await edge.metric("outbox_messages") == 3
        assert await edge.metric("outbox_oldest_seconds") > 0
        center.receipts = True
        await emptied(edge)
    assert set(center.keys) == set(keys(messages))


async def test_killed_again_and_again_each_incident_arrives(
    guarded_broker: Broker, start_edge: StartEdge
) -> None:
    messages = [incident(picture_bytes=50_000) for _ in range(120)]
    edge = prepared(start_edge, messages, outbox_window=5)
    source = random.Random(11)
    async with Center(guarded_broker.url) as center:
        for _ in range(3):
            edge.start()
            enough = len(center.incidents) + source.randrange(5, 30)
            await until(lambda enough=enough: len(center.incidents) >= enough)  # type: ignore[misc]
            edge.kill()
        edge.start()
        await emptied(edge)
    assert set(center.keys) == set(keys(messages)), "lost or invented"
    assert list(dict.fromkeys(center.keys)) == keys(messages), "out of order"


async def test_killed_before_any_receipt_each_incident_arrives_after_the_restart(
    guarded_broker: Broker, start_edge: StartEdge
) -> None:
    messages = [incident() for _ in range(10)]
    edge = prepared(start_edge, messages)
    async with Center(guarded_broker.url, receipts=False) as center:
        edge.start()
        await until(lambda: len(center.incidents) >= 10)
        edge.kill()
        center.incidents.clear()
        center.receipts = True
        edge.start()
        await emptied(edge)
    assert set(center.keys) == set(keys(messages))


async def test_messages_refused_by_the_centre_are_kept_aside_with_the_reason(
    guarded_broker: Broker, start_edge: StartEdge
) -> None:
    (message,) = messages = [incident()]
    edge = prepared(start_edge, messages)
    async with Center(guarded_broker.url) as center:
        center.refuse = "payload: no such place"
        edge.start()
        await emptied(edge)
        await until(lambda: any(status.detail.get("refused") == "1" for status in center.statuses))
        assert await edge.metric("refused_messages") == 1
    edge.stop()
    with opened(edge.box_file) as (_, outbox):
        assert outbox.refusals() == [(message.incident_id, 1, "payload: no such place")]


async def test_the_broker_may_come_late_and_go_in_between(
    guarded_broker: Broker, start_edge: StartEdge
) -> None:
    messages = [incident(picture_bytes=200_000) for _ in range(60)]
    edge = prepared(start_edge, messages, outbox_window=3)
    guarded_broker.kill()
    edge.start()

    async def waits_for_it() -> bool:
        return (await edge.metrics()).get(("broker_connected",)) == 0

    await until(waits_for_it)
    guarded_broker.start()
    async with Center(guarded_broker.url) as center:
        await until(lambda: len(center.incidents) >= 10)
    seen = center.keys
    guarded_broker.kill()
    guarded_broker.start()
    async with Center(guarded_broker.url) as center:
        await until(lambda: set(seen + center.keys) == set(keys(messages)))
        await emptied(edge)
    assert list(dict.fromkeys(seen + center.keys)) == keys(messages)


async def test_a_broker_that_holds_its_connections_and_answers_nothing_is_left_and_found_again(
    guarded_broker: Broker, start_edge: StartEdge
) -> None:
    edge = start_edge("", broker_keep_alive_s=2)

    async def connected() -> bool:
        return await edge.metric("broker_connected") == 1

    async def gone() -> bool:
        return (await edge.metrics()).get(("broker_connected",)) == 0

    await until(connected)
    guarded_broker.pause()
    await until(gone)
    guarded_broker.resume()
    await until(connected)


async def test_a_box_that_is_killed_is_offline_by_its_last_will(
    guarded_broker: Broker, start_edge: StartEdge
) -> None:
    edge = start_edge("", box_name="Market Street")
    async with Center(guarded_broker.url) as center:
        await until(lambda: any(status.online for status in center.statuses))
        assert center.statuses[-1].detail["name"] == "Market Street"
        assert "streetwarden-edge" in (center.statuses[-1].program or "")
        edge.kill()
        await until(lambda: not center.statuses[-1].online)
    async with Center(guarded_broker.url) as later:  # retained: whoever comes later knows it too
        await until(lambda: bool(later.statuses))
        assert not later.statuses[-1].online


async def test_a_box_that_is_stopped_says_goodbye(guarded_broker: Broker, start_edge: StartEdge) -> None:
    edge = start_edge("")
    async with Center(guarded_broker.url) as center:
        await until(lambda: any(status.online for status in center.statuses))
        assert edge.stop() == 0
        await until(lambda: not center.statuses[-1].online)


async def test_a_wrong_password_is_reported_with_the_remedy(
    guarded_broker: Broker, start_edge: StartEdge
) -> None:
    edge = start_edge("", broker_password="wrong")
    await until(lambda: "check broker.user and broker.password" in edge.log.read_text(encoding="utf-8"))
    assert "Traceback" not in edge.log.read_text(encoding="utf-8")
