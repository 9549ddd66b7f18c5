"""The live feed over a real WebSocket, from rows in the real database."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from center.live.feed import SESSION_ENDED, TOO_MANY, TRY_AGAIN_LATER
from center.people.access import COOKIE
from center.web import server
from store.connection import Pool
from store.quality import Quality
from store.queries import load
from tests.casework.acting import take
from tests.center.conftest import StartCenter
from tests.center.running import (
    PATIENCE_S,
    Browser,
    Center,
    Live,
    add_operator,
    add_still,
    move,
    report,
    say_status,
    stall,
    until,
)
from tests.servers import DatabaseServer
from wire.messages import Phase

pytestmark = pytest.mark.servers

SECOND = timedelta(seconds=1)


async def test_a_snapshot_comes_first_then_what_moves(browser: Browser, pool: Pool) -> None:
    start = datetime.now(UTC) - 10 * SECOND
    async with pool.acquire() as connection:
        await move(connection, "vehicle/v1", "person/p1", at=start)
        async with browser.live() as live:
            await live.until(lambda live: set(live.entities) == {"vehicle/v1", "person/p1"})
            await move(connection, "vehicle/v1", at=start + SECOND, lat=24.95)
            await live.until(lambda live: live.entities["vehicle/v1"]["lat"] == 24.95)
            last = live.messages[-1]
            assert [entity["key"] for entity in last["entities"]] == ["vehicle/v1"]
            assert live.entities["vehicle/v1"]["speed_mps"] == 5.5
            assert live.entities["vehicle/v1"]["heading_deg"] is None
    assert {entity["key"] for entity in (await browser.fetch("/entities"))["entities"]} == {
        "vehicle/v1", "person/p1"
    }  # fmt: skip


async def test_an_entity_is_called_what_its_status_says(browser: Browser, pool: Pool) -> None:
    async with pool.acquire() as connection, browser.live() as live:
        await move(connection, "vehicle/v1", "vehicle/v2", "device/s1")
        await say_status(connection, "vehicle/v1", {"name": "公交车01", "type": "bus", "color": "red"})
        await say_status(connection, "device/s1", {"name": "x" * 500})
        await move(connection, "vehicle/v1", "device/s1", at=datetime.now(UTC) + SECOND)
        await live.until(lambda live: live.entities.get("vehicle/v1", {}).get("name") == "公交车01")
        await live.until(lambda live: live.entities.get("device/s1", {}).get("name") == "x" * 64)
    listed = {each["key"]: each for each in (await browser.fetch("/entities"))["entities"]}
    assert (listed["vehicle/v1"]["name"], listed["vehicle/v1"]["entity_type"]) == ("公交车01", "bus")
    assert (listed["vehicle/v2"]["name"], listed["vehicle/v2"]["entity_type"]) == (None, None)


async def test_an_entity_that_is_not_on_the_map_is_known_or_not(browser: Browser, pool: Pool) -> None:
    async with pool.acquire() as connection:
        await move(connection, "vehicle/gone", at=datetime.now(UTC) - timedelta(hours=3))
        await move(connection, "vehicle/null", flags=int(Quality.NULL_ISLAND))
        await connection.fetch(load("ingest")["know_entities"], ["device"], ["mute"], ["350582"])
        await say_status(connection, "device/mute", {"name": "水位01", "type": "level"}, online=False)
    gone = await browser.fetch("/entities/vehicle/gone")
    assert gone["fix"]["doubtful"] is False
    assert datetime.fromisoformat(gone["fix"]["time"]) < datetime.now(UTC) - timedelta(hours=2)
    assert (await browser.fetch("/entities/vehicle/null"))["fix"]["doubtful"] is True
    mute = await browser.fetch("/entities/device/mute")
    assert (mute["name"], mute["entity_type"], mute["online"], mute["fix"]) == (
        "水位01",
        "level",
        False,
        None,
    )
    unknown = await browser.get("/entities/vehicle/zzz")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_entity")
    for path, status in (("/entities/ufo/1", 422), ("/entities/vehicle/%00", 422)):
        assert (await browser.get(path)).status_code == status, path


async def test_a_fix_that_was_received_before_what_has_been_read_is_not_missed(
    browser: Browser, pool: Pool
) -> None:
    now = datetime.now(UTC)
    async with pool.acquire() as connection, browser.live() as live:
        await move(connection, "vehicle/v1", at=now)
        await live.until(lambda live: "vehicle/v1" in live.entities)
        await move(connection, "vehicle/v2", at=now, received_at=now - 3 * SECOND)  # its commit took longer
        await live.until(lambda live: "vehicle/v2" in live.entities)


async def test_doubtful_fixes_and_old_ones_stay_off_the_map(browser: Browser, pool: Pool) -> None:
    now = datetime.now(UTC)
    async with pool.acquire() as connection:
        await move(connection, "vehicle/null", at=now, flags=int(Quality.NULL_ISLAND))
        await move(connection, "vehicle/same", at=now, flags=int(Quality.SAME_PLACE))
        await move(connection, "vehicle/old", at=now - timedelta(hours=1))
        await move(connection, "vehicle/good", at=now)
        async with browser.live() as live:
            await live.until(lambda live: "vehicle/good" in live.entities)
            assert set(live.entities) == {"vehicle/good", "vehicle/same"}


async def test_what_has_no_fix_for_too_long_is_gone(start_center: StartCenter, pool: Pool) -> None:
    center: Center = await start_center(live={"gone_s": 2.0})
    async with center.browser() as browser, browser.live() as live, pool.acquire() as connection:
        await move(connection, "vehicle/v1")
        await live.until(lambda live: "vehicle/v1" in live.entities)
        await live.until(lambda live: "vehicle/v1" not in live.entities)
        assert live.messages[-1]["gone"] == ["vehicle/v1"]
        await move(connection, "vehicle/v1")
        await live.until(lambda live: "vehicle/v1" in live.entities)


async def test_a_case_appears_changes_and_ends_on_the_feed(browser: Browser, pool: Pool) -> None:
    async with browser.live() as live:
        await live.take()
        incident = stall()
        number = (await report(pool, incident)).number
        await live.until(lambda live: number in live.cases)
        assert live.cases[number]["title"] == "无照经营游商"
        ended = stall(incident_id=incident.incident_id, revision=2, phase=Phase.ENDED)
        await report(pool, ended)
        await live.until(lambda live: live.cases[number]["restored_at"] is not None)
        answer = await browser.act(number, "cancel", live.cases[number]["sequence"], note="x")
        assert answer.status_code == 200
        await live.until(lambda live: live.cases[number]["closed_at"] is not None)
    async with browser.live() as live:
        assert (await live.take())["cases"] == []


async def test_a_still_is_announced(browser: Browser, pool: Pool) -> None:
    at = datetime(2026, 11, 24, 4, tzinfo=UTC)
    async with pool.acquire() as connection:
        await add_still(connection, "cam-01", at=at)
        async with browser.live() as live:
            await live.until(lambda live: live.stills.get("cam-01") == "2026-11-24T04:00:00Z")
            await add_still(connection, "cam-01", at=at + SECOND)
            await live.until(lambda live: live.stills["cam-01"] == "2026-11-24T04:00:01Z")


async def test_the_status_strip_counts_devices_rate_lag_and_cases(browser: Browser, pool: Pool) -> None:
    late = await report(pool, stall(zone="z1"), at=datetime.now(UTC) - timedelta(days=2))
    await report(pool, stall(zone="z2"))
    async with browser.live() as live, pool.acquire() as connection:
        now = datetime.now(UTC)
        await move(connection, "vehicle/v1", "vehicle/v2", at=now, received_at=now + 0.25 * SECOND)
        await move(connection, "device/d1", at=now, received_at=now - timedelta(hours=2))
        await connection.execute(
            "INSERT INTO device_status (entity_id, time, received_at, online) "
            "SELECT entity_id, $1, $1, false FROM entity WHERE id = 'v2'",
            now,
        )
        await add_still(connection, "cam-01", at=now)

        def devices(live: Live) -> dict[str, tuple[int, int]]:
            return {kind["kind"]: (kind["live"], kind["known"]) for kind in live.status["devices"]}

        await live.until(lambda live: bool(live.status["devices"]) and devices(live)["vehicle"] == (1, 2))
        assert devices(live) == {
            "vehicle": (1, 2), "person": (0, 0), "device": (0, 1), "camera": (1, 1), "box": (0, 0)
        }  # fmt: skip
        assert (live.status["cases_open"], live.status["cases_overdue"]) == (2, 1)
        assert live.status["lag_p50_s"] == pytest.approx(0.25, abs=0.001)
        await live.until(lambda live: live.status["browsers"] == 1)
        rows = [(1, now + n * SECOND, now, 24.9, 118.6) for n in range(500)]
        await connection.copy_records_to_table(
            "position", records=rows, columns=["entity_id", "time", "received_at", "lat", "lon"]
        )
        await live.until(lambda live: (live.status["messages_per_s"] or 0) > 10)
    assert (await browser.fetch("/status"))["waiting"] is None
    assert late.number in {case["number"] for case in (await browser.fetch("/cases"))["cases"]}


@pytest.mark.parametrize("headers", [{}, {"Cookie": f"{COOKIE}=invented"}])
async def test_nobody_is_fed_who_is_not_signed_on(center: Center, headers: dict[str, str]) -> None:
    async with center.browser(None) as browser:
        with pytest.raises(InvalidStatus) as refused:
            async with browser.live(headers={"Cookie": "", **headers}):
                pass
        assert refused.value.response.status_code == 403


async def test_a_page_of_another_site_is_not_fed(browser: Browser, center: Center) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with browser.live(origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403
    async with browser.live(origin=center.url) as live:
        assert (await live.take())["type"] == "snapshot"


async def closing_code(live: Live) -> int:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await live.take()
            except ConnectionClosed:
                break
    assert live.socket.close_code is not None
    return live.socket.close_code


@pytest.mark.parametrize("how", ["signing off", "a new password", "its time"])
async def test_the_feed_of_a_session_that_ends_is_closed_and_no_other(
    start_center: StartCenter, pool: Pool, how: str
) -> None:
    center: Center = await start_center(session={"hours": 3 / 3600 if how == "its time" else 1})
    async with pool.acquire() as connection:
        await add_operator(connection, "wang")
    async with center.browser() as browser, browser.live() as live:
        await live.take()
        if how == "signing off":
            await browser.client.delete("/api/v1/session", headers={"X-CSRF-Token": browser.csrf})
        elif how == "a new password":
            async with pool.acquire() as connection:
                await add_operator(connection, "li", "another")
        async with center.browser("wang") as other, other.live() as still_fed:
            await still_fed.take()
            assert await closing_code(live) == SESSION_ENDED
            assert still_fed.socket.close_code is None


async def test_no_more_browsers_are_fed_than_may_be(start_center: StartCenter) -> None:
    center: Center = await start_center(live={"browsers": 1})
    async with center.browser() as browser, browser.live() as live:
        await live.take()
        async with browser.live() as one_too_many:
            assert await closing_code(one_too_many) == TRY_AGAIN_LATER
        await live.take()
    async with center.browser() as browser:

        async def free() -> bool:
            return await center.metric("streetwarden_center_live_browsers") == 0

        await until(free)
        async with browser.live() as live:
            await live.take()


async def test_one_session_and_one_account_cannot_take_all_feeds(
    start_center: StartCenter, pool: Pool
) -> None:
    async with pool.acquire() as connection:
        await add_operator(connection, "wang")
    center: Center = await start_center(live={"browsers": 9, "per_session": 2, "per_account": 3})
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        first, second = [await enter(center.browser()) for _ in range(2)]
        for browser in (first, first, second):
            await (await enter(browser.live())).take()
        assert await closing_code(await enter(first.live())) == TOO_MANY
        assert await closing_code(await enter(second.live())) == TOO_MANY
        other = await enter(center.browser("wang"))
        await (await enter(other.live())).take()


async def test_a_browser_that_answers_no_ping_is_gone(
    start_center: StartCenter, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_PING_S", 0.3)
    center: Center = await start_center()
    async with center.browser() as browser:
        reader, writer = await asyncio.open_connection("127.0.0.1", center.port)
        try:
            writer.write(
                b"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n"
                b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + f"Cookie: {COOKIE}={browser.client.cookies[COOKIE]}\r\n\r\n".encode()
            )
            heard = await asyncio.wait_for(reader.read(), PATIENCE_S)  # to the end, without a word
            assert heard.startswith(b"HTTP/1.1 101 ")
            assert b"keepalive ping timeout" in heard
        finally:
            writer.close()


async def test_a_feed_ends_its_connection_in_the_count(center: Center, browser: Browser) -> None:
    async def open_connections() -> float:
        return await center.metric("streetwarden_center_connections")

    before = await open_connections()
    async with browser.live() as live:
        await live.take()
        assert await open_connections() == before + 1

    async def left() -> bool:
        return await open_connections() <= before

    await until(left)


async def test_when_nothing_happens_the_feed_still_shows_that_it_lives(browser: Browser) -> None:
    async with browser.live() as live:
        await live.until(
            lambda live: (
                live.messages[-1].get("status", 0) is None
                and not any(live.messages[-1][part] for part in ("entities", "gone", "cases", "stills"))
            )
        )


async def test_a_browser_may_talk_and_is_not_heard(browser: Browser, pool: Pool) -> None:
    async with browser.live() as live, pool.acquire() as connection:
        await live.socket.send("hello")
        await live.socket.send(b"\xff" * 100)
        await move(connection, "vehicle/v1")
        await live.until(lambda live: "vehicle/v1" in live.entities)
        await live.socket.send("x" * 10_000)
        assert await closing_code(live) == 1009


FLEET = [f"vehicle/v{number:05d}" for number in range(1500)]


@asynccontextmanager
async def slow_browser(browser: Browser) -> AsyncIterator[Live]:
    """A live feed whose browser takes its snapshot and then nothing, until it is asked to."""
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    narrow.settimeout(0)
    port = int(browser.client.base_url.port or 0)
    await asyncio.get_running_loop().sock_connect(narrow, ("127.0.0.1", port))
    async with browser.live(sock=narrow, max_queue=1, compression=None, ping_interval=None) as live:
        await live.take()
        yield live


async def test_a_slow_browser_delays_nobody_and_gets_fewer_messages(
    center: Center, browser: Browser, pool: Pool
) -> None:
    start = datetime.now(UTC) - 60 * SECOND
    rounds = 20

    def shows(number: int) -> Callable[[Live], bool]:
        return lambda live: (
            len(live.entities) == len(FLEET)
            and all(entity["lat"] == 24 + number / 100 for entity in live.entities.values())
        )

    async with (
        slow_browser(browser) as slow,
        browser.live(compression=None) as quick,
        pool.acquire() as connection,
    ):
        for number in range(rounds):
            await move(connection, *FLEET, at=start + number * SECOND, lat=24 + number / 100)
            await quick.until(shows(number), check=False)
        assert len(slow.messages) == 1
        await slow.until(shows(rounds - 1), check=False)
        # What was held for it is bounded: the buffers on the way and one message, whatever it missed.
        assert slow.characters < quick.characters / 2
        assert len(slow.messages) < len(quick.messages) / 2
        assert await center.metric("streetwarden_center_live_held_up_total") >= 1


async def test_a_browser_that_takes_nothing_is_cut_off(start_center: StartCenter, pool: Pool) -> None:
    """By the feed: the kernel waits twice as long, but begins while the buffers are being filled."""
    center: Center = await start_center(live={"slow_s": 8.0})

    async def cut_off() -> bool:
        async with pool.acquire() as connection:
            await move(connection, *FLEET, at=datetime.now(UTC) - 60 * SECOND)
        return (
            await center.metric("streetwarden_center_live_cut_off_total") == 1
            and await center.metric("streetwarden_center_live_browsers") == 0
        )

    async with center.browser() as browser, slow_browser(browser) as slow:
        await until(cut_off)
        assert await closing_code(slow) == 1006


@pytest.mark.parametrize("how", ["kill", "pause"])
async def test_without_its_database_the_center_says_so_and_goes_on_when_it_is_back(
    database_server: DatabaseServer, start_center: StartCenter, pool: Pool, how: str
) -> None:
    center: Center = await start_center(database={"patience_s": 3.0})
    number = (await report(pool, stall(zone="z1"))).number
    async with pool.acquire() as connection:
        await move(connection, "vehicle/v1")
    async with center.browser() as browser, browser.live() as live:
        await live.until(lambda live: number in live.cases and "vehicle/v1" in live.entities)
        await asyncio.to_thread(getattr(database_server, how))
        try:
            answer = await browser.get("/cases")
            assert (answer.status_code, answer.json()["code"]) == (503, "database_away")
            assert answer.headers["retry-after"]
            assert (await browser.sign_on()).status_code == 503
            with pytest.raises(InvalidStatus) as refused:
                async with browser.live():
                    pass
            assert refused.value.response.status_code == 503
            await live.until(lambda live: live.status["waiting"] is not None)
            assert "vehicle/v1" in live.entities
            assert await center.health() != "ok"
            assert await center.metric("streetwarden_center_database_up") == 0
        finally:
            await asyncio.to_thread(database_server.start if how == "kill" else database_server.resume)
        await live.until(lambda live: live.status["waiting"] is None)
        await pool.expire_connections()
        async with pool.acquire() as connection, connection.transaction():
            await take(connection, number, "cancel", 1, note="x", at=datetime.now(UTC))
        await live.until(lambda live: live.cases[number]["closed_at"] is not None)
        assert (await browser.fetch(f"/cases/{number}"))["case"]["stage"] == "cancelled"
        assert await center.health() == "ok"


async def test_what_happened_while_the_database_was_out_of_reach_is_told_afterwards(
    browser: Browser, pool: Pool
) -> None:
    number = (await report(pool, stall(zone="z1"))).number
    async with browser.live() as live:
        await live.until(lambda live: number in live.cases)
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(  # the center cannot be told
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'streetwarden center live' AND datname = current_database()"
            )
            await take(connection, number, "cancel", 1, note="x", at=datetime.now(UTC))
        await live.until(lambda live: live.cases[number]["closed_at"] is not None)
