"""Messages about notices: sent once each, gathered, tried again; a channel that hangs delays no other."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from casework.notices import tell
from program.errors import SettingsError
from store.connection import Pool
from store.roles import WORKER
from tests.casework.acting import CODES, POLICY
from tests.casework.cases import NOON, report, stall, walk
from tests.casework.test_notices import staff
from tests.database_roles import as_role
from tests.ingest.running import until
from tests.worker.test_case_clocks import pool
from worker.channels import Channel, ChannelSender, read_channels
from worker.database import Database

__all__ = ["pool"]
servers = pytest.mark.servers
DESK = CODES["城管执法中队"]
NOW = NOON + timedelta(hours=1)
EVERYTHING_IS_DUE = "UPDATE notice_delivery SET next_at = now() - interval '1 s' WHERE ended_at IS NULL"


@dataclass
class Hook:
    """A web hook: what it was told; it refuses, or does not answer, as long as it is told to."""

    port: int = 0
    status: int = 200
    hangs: bool = False
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    bodies: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"json://user:secret-word@127.0.0.1:{self.port}/{{address}}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        size = next(
            int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length")
        )
        body = json.loads(await reader.readexactly(size))
        self.bodies.append(f"{head.split()[1]} {body['title']}: {body['message']}")
        self.heard.set()
        if self.hangs:
            await self.released.wait()
            writer.close()
            return
        writer.write(f"HTTP/1.1 {self.status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def hook() -> AsyncIterator[Hook]:
    made = Hook()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        made.released.set()
        server.close()
        await asyncio.sleep(0.05)  # lets the handlers end


_STARTED: list[Sending] = []


@pytest_asyncio.fixture(autouse=True)
async def _closed() -> AsyncIterator[None]:
    yield
    while _STARTED:
        _STARTED.pop().database.close()


class Sending:
    """A sender, and what it counted."""

    def __init__(self, url: str, name: str, address: str) -> None:
        self.outcomes: Counter[str] = Counter()
        self.delay_s = 0.0
        self.database = Database(url=as_role(url, WORKER), patience_s=10)
        _STARTED.append(self)
        self.sender = ChannelSender(
            channel=Channel(name=name, url=address),
            database=self.database,
            on_message=lambda _, outcome: self.outcomes.update([outcome]),
            on_delay=self._delay,
        )

    def _delay(self, _: str, seconds: float) -> None:
        self.delay_s = seconds


async def tell_desk(pool: Pool, *, cases: int = 1, channels: Mapping[str, str] | None = None) -> list[str]:
    """Notices of dispatched cases for a desk whose members want them by these channels."""
    await staff(pool)
    for login, addresses in (("desk-1", channels or {"mail": "li@city.example"}), ("desk-2", {})):
        await pool.execute(
            "INSERT INTO notice_preference (login, addresses, changed_at) VALUES ($1, $2, now())",
            login,
            addresses,
        )
    numbers = [(await report(pool, stall(zone=f"zone-{number}"))).number for number in range(cases)]
    for number in numbers:
        await walk(pool, number, "dispatch", 1, department=DESK)
    async with pool.acquire() as connection:
        await tell(connection, policy=POLICY, at=NOW, channels={"mail", "wecom"})
    return numbers


@servers
async def test_what_is_due_for_one_address_goes_as_one_message_once(pool: Pool, database_url: str) -> None:
    numbers = await tell_desk(pool, cases=3)
    assert (
        await pool.fetchval(
            "SELECT count(*) FROM notice_delivery WHERE wanted_at = $1", NOW + timedelta(minutes=10)
        )
        == 3
    )
    await pool.execute(EVERYTHING_IS_DUE)
    async with hook() as mail:
        sending = Sending(database_url, "mail", mail.url)
        await asyncio.gather(sending.sender.send_due(), sending.sender.send_due())
        assert not await sending.sender.send_due()
    (said,) = mail.bodies
    assert said.startswith(("/li@city.example 3 条提醒: ", "/li%40city.example 3 条提醒: "))
    assert all(number in said for number in numbers)
    assert sending.outcomes == Counter(sent=1)


@servers
async def test_a_channel_that_refuses_is_tried_again_and_given_up_after_a_day(
    pool: Pool, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await tell_desk(pool)
    await pool.execute(EVERYTHING_IS_DUE)
    await pool.execute("UPDATE notice_delivery SET wanted_at = now() - interval '10 min'")
    async with hook() as mail:
        mail.status = 500
        sending = Sending(database_url, "mail", mail.url)
        assert await sending.sender.send_due()
        assert not await sending.sender.send_due(), "it is not tried again at once"
        assert 590 < sending.delay_s < 700
        await pool.execute(EVERYTHING_IS_DUE)
        mail.status = 200
        assert await sending.sender.send_due()
        await sending.sender.send_due()
        assert (sending.outcomes, sending.delay_s) == (Counter(failed=1, sent=1), 0.0)
        await pool.execute(
            "UPDATE notice_delivery SET ended_at = NULL, wanted_at = now() - interval '25 h', next_at = now()"
        )
        mail.status = 500
        await sending.sender.send_due()
        await pool.execute(EVERYTHING_IS_DUE)
        assert not await sending.sender.send_due()
    assert sending.outcomes == Counter(failed=1, sent=1, given_up=1)
    assert "channel mail did not take a message" in caplog.text
    assert "secret-word" not in caplog.text
    assert "li@city" not in caplog.text


@servers
async def test_a_channel_that_hangs_delays_no_other(pool: Pool, database_url: str) -> None:
    await tell_desk(pool, channels={"mail": "li", "wecom": "li"})
    await pool.execute(EVERYTHING_IS_DUE)
    async with hook() as mail, hook() as wecom:
        mail.hangs = True
        slow, quick = (
            Sending(database_url, name, each.url) for name, each in (("mail", mail), ("wecom", wecom))
        )
        tasks = [asyncio.create_task(each.sender.run()) for each in (slow, quick)]

        async def arrived() -> bool:
            return quick.outcomes["sent"] == 1

        await until(arrived)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert quick.outcomes == Counter(sent=1)
    assert slow.outcomes == Counter()
    assert len(mail.bodies) == 1


@servers
async def test_a_message_whose_worker_was_killed_while_it_sent_goes_again(
    pool: Pool, database_url: str
) -> None:
    await tell_desk(pool)
    await pool.execute(EVERYTHING_IS_DUE)
    async with hook() as mail:
        mail.hangs = True
        killed = asyncio.create_task(Sending(database_url, "mail", mail.url).sender.send_due())
        await asyncio.wait_for(mail.heard.wait(), 30)
        killed.cancel()
        await asyncio.gather(killed, return_exceptions=True)
        mail.hangs = False
        await pool.execute(EVERYTHING_IS_DUE)
        next_one = Sending(database_url, "mail", mail.url)
        assert await next_one.sender.send_due()
    assert next_one.outcomes == Counter(sent=1)


@pytest.mark.parametrize(
    "text",
    ['mail = "nonsense secret-word"', 'mail = "secret-word', "mail = 7"],
)
def test_a_wrong_file_of_channels_is_refused_without_its_secrets(tmp_path: Path, text: str) -> None:
    file = tmp_path / "channels.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        read_channels(str(file))
    assert "channels_file" in str(refused.value)
    assert "secret-word" not in str(refused.value)


def test_an_address_cannot_change_the_url_of_its_channel(tmp_path: Path) -> None:
    file = tmp_path / "channels.toml"
    file.write_text('mail = "json://host/{address}"\nwecom = "wecombot://abcdef-0123"', encoding="utf-8")
    channels = read_channels(str(file))
    assert channels["mail"].url_for("a/../b?to=x&y#@host") == "json://host/a%2F..%2Fb%3Fto%3Dx%26y%23%40host"
    assert "host" not in repr(channels["mail"])
