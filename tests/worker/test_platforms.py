"""A case is handed to another platform, handled there, and comes back: two whole installations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from casework.exchange import signing, webhooks
from casework.exchange.platforms import add_platform
from casework.exchange.webhooks import Wanted
from store.connection import Pool
from store.people import Department, set_department
from tests import plain_http
from tests.center.running import Browser, Center, add_operator, pool_of, report, stall, until
from tests.worker.running import RunningWorker

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]
DEPARTMENT = "城管执法中队"


class Platform:
    """One installation: a database, a center, a worker."""

    def __init__(self, url: str, folder: Path) -> None:
        folder.mkdir()
        self.center = Center(database_url=url, folder=folder)
        self.worker = RunningWorker(
            database_url=url, folder=folder, webhooks_networks="127.0.0.0/8", webhooks_timeout_s=5
        )
        self.url = url
        self.pool: Pool

    async def start(self, stack: AsyncExitStack) -> None:
        self.pool = await stack.enter_async_context(pool_of(self.url))
        async with self.pool.acquire() as connection:
            await add_operator(connection)
        await stack.enter_async_context(self.center.running())
        self.worker.start()
        stack.callback(self.worker.stop)

    async def case(self, number: str) -> dict[str, Any]:
        row = await self.pool.fetchrow("SELECT * FROM case_file WHERE number = $1", number)
        assert row is not None
        return dict(row)

    async def notes(self, number: str) -> list[str]:
        rows = await self.pool.fetch(
            "SELECT note FROM case_event JOIN case_file USING (case_id) "
            "WHERE number = $1 AND action = 'platform' ORDER BY sequence",
            number,
        )
        return [row["note"] for row in rows]

    async def act(self, browser: Browser, number: str, action: str, **more: Any) -> None:
        sequence = (await self.case(number))["last_sequence"]
        done = await browser.act(number, action, sequence, **more)
        assert done.status_code == 200, done.text


@pytest.fixture
def second_database_url(_on_own_server: None, _databases: Any) -> Iterator[str]:
    yield from _databases.make(migrated=True)


@pytest.fixture
async def both(
    database_url: str, second_database_url: str, tmp_path: Path
) -> AsyncIterator[tuple[Platform, Platform]]:
    city, district = Platform(database_url, tmp_path / "a"), Platform(second_database_url, tmp_path / "b")
    async with AsyncExitStack() as stack:
        for platform in (city, district):
            await platform.start(stack)
        async with city.pool.acquire() as connection, connection.transaction():
            await set_department(
                connection, Department(code="P1", parent="CITY", name="区平台", name_en="District platform")
            )
            inbox = f"{district.center.url}/exchange/inbox/city"
            wanted = Wanted(url=inbox, departments=("P1",))
            secret = await add_platform(connection, "district", wanted, by="li", secret=None)
        async with district.pool.acquire() as connection, connection.transaction():
            await add_platform(
                connection, "city", Wanted(url=f"{city.center.url}/exchange/inbox/district"), by="li",
                secret=signing.read_secret(secret),
            )  # fmt: skip
        yield city, district


async def arrived(platform: Platform, count: int) -> list[str]:
    numbers: list[str] = []

    async def there() -> bool:
        rows = await platform.pool.fetch(
            "SELECT number FROM platform_case JOIN case_file USING (case_id) ORDER BY received_at"
        )
        numbers[:] = [row["number"] for row in rows]
        return len(numbers) == count

    await until(there)
    return numbers


async def test_a_case_is_handed_over_handled_there_and_comes_back(both: tuple[Platform, Platform]) -> None:
    city, district = both
    case = await report(city.pool, stall(zone="one"))
    other = await report(city.pool, stall(zone="two", lat=24.95))
    third = await report(city.pool, stall(zone="three", lat=24.97))
    async with city.center.browser() as here, district.center.browser() as there:
        await city.act(here, case.number, "dispatch", department="P1")
        (number,) = await arrived(district, 1)
        row = await district.case(number)
        assert (row["source"], row["opener"], row["code"]) == ("platform", "platform/city", "0501")
        (history,) = await district.notes(number)
        assert history.startswith(f"city {case.number}\n")
        assert "open box/box-1" in history
        assert "dispatch li" in history
        waiting = await city.case(case.number)
        assert (waiting["department"], waiting["ended_as"]) == ("P1", None)
        assert waiting["deadline_at"] is not None, "the clock runs on"

        for action, more in (
            ("open", {}), ("dispatch", {"department": DEPARTMENT}), ("handle", {"note": "cleared away"}),
            ("check", {}), ("close", {}),
        ):  # fmt: skip
            await district.act(there, number, action, **more)

        async def handled() -> bool:
            return (await city.case(case.number))["handled_at"] is not None

        await until(handled)
        notes = await city.notes(case.number)
        assert f"district {number}: handle: cleared away" in notes
        assert notes[-1] == f"district {number}: closed"
        await city.act(here, case.number, "check")
        await city.act(here, case.number, "close", note="seen on the spot")

        await city.act(here, other.number, "dispatch", department="P1")
        refused = (await arrived(district, 2))[1]
        await district.act(there, refused, "refuse", note="nothing there")

        async def returned() -> bool:
            row = await city.case(other.number)
            return (row["return_count"], row["department"]) == (1, None)

        await until(returned)
        assert (await city.notes(other.number))[-1] == f"district {refused}: refused: nothing there"

        await city.act(here, third.number, "dispatch", department="P1")
        withdrawn = (await arrived(district, 3))[2]
        await city.act(here, third.number, "cancel", note="a mistake")

        async def told() -> bool:
            return any("withdrawn: a mistake" in note for note in await district.notes(withdrawn))

        await until(told)

    async with city.pool.acquire() as connection:
        found = await webhooks.find_webhook(connection, "district")
    assert (found["dead_letters"], found["kind"]) == (0, "platform")
    await forged_and_repeated_messages_do_nothing(city, case.number)


async def forged_and_repeated_messages_do_nothing(city: Platform, number: str) -> None:
    """A part of the test above, so that two installations are started once."""
    secret = await city.pool.fetchval("SELECT secret FROM webhook WHERE name = 'district'")
    foreign = await report(city.pool, stall(zone="four", lat=24.99))
    async with plain_http.async_client(base_url=city.center.url) as client:

        async def send(
            data: Any, *, kind: str = "case.result", message: str = "m1", key: bytes = secret
        ) -> tuple[int, dict[str, Any]]:
            body = msgspec.json.encode({"type": kind, "data": data})
            headers = signing.headers(message, int(datetime.now(UTC).timestamp()), body, [key])
            answer = await client.post("/exchange/inbox/district", content=body, headers=headers)
            return answer.status_code, answer.json()

        said = {
            "cases": [{"number": foreign.number, "sequence": 1}], "remote_number": "X1", "action": "close",
            "stage": "closed", "ended_as": "closed",
        }  # fmt: skip
        assert (await send(said, key=signing.new_secret()))[0] == 401
        assert await send(said) == (200, {"not_with_you": [foreign.number]}), "it was never handed over"
        assert (await city.case(foreign.number))["last_sequence"] == 1
        assert await send(said) == (200, {"repeated": True})
        for kind, data in (
            ("case.result", {}), ("case.unknown", {}), ("case.withdrawn", {"number": "none"}),
            ("case.handed_over", {"number": "1", "sequence": 1, "case": {"code": "x"}}),
            ("case.handed_over", {"number": "1", "sequence": 1, "case": {
                "category": "event", "code_set": "A", "code": "9999", "lon": 118.6, "lat": 24.9,
                "district": "350582"}}),
        ):  # fmt: skip
            status, answer = await send(data, kind=kind, message=f"{kind} {len(data)}")
            assert (status, answer["code"]) == (422, "not_possible"), answer
        unknown = await client.post("/exchange/inbox/nobody", content=b"{}")
        assert unknown.status_code == 401
    assert (await city.case(number))["ended_as"] == "closed"
