"""Sends messages about notices over channels, such as mail or WeCom, by Apprise.

Each channel has a task and a thread of its own, so a channel that hangs or fails delays no other, and no
case. What could not be sent is tried again after growing pauses, for a day.
"""

from __future__ import annotations

import asyncio
import logging
import random
import tomllib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import quote

import apprise
import asyncpg

from program.errors import SettingsError
from store.connection import UNREACHABLE
from store.errors import StoreError
from store.queries import load
from worker.database import Database

log = logging.getLogger(__name__)

_SQL = load("notices")
ADDRESS: Final = "{address}"
_CONNECT_S: Final = 5.0
_READ_S: Final = 10.0
_LONGEST_S: Final = 30.0
"""For a whole message; a thread that hangs longer is waited for before the next one."""
_LOOK_EVERY_S: Final = 2.0
_AT_ONCE: Final = 20
"""Notices in one message at most."""
_GIVE_UP_AFTER: Final = timedelta(days=1)

# Apprise logs addresses of channels, which contain secrets.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel that can be reached.

    Attributes:
        url: of Apprise; with `{address}` for the address of a person. It contains secrets and is never shown.
    """

    name: str
    url: str = field(repr=False)

    def url_for(self, address: str) -> str:
        """The URL for one person; what has a meaning in a URL is quoted."""
        return self.url.replace(ADDRESS, quote(address, safe=""))


def read_channels(file: str) -> Mapping[str, Channel]:
    """The channels of a file, by name; none without a file.

    Raises:
        SettingsError: the file cannot be read, or an entry is no address of Apprise; the text names the
            channel, but not its address.
    """
    if not file:
        return {}
    try:
        read = tomllib.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"notices.channels_file {file} cannot be read ({type(error).__name__})") from None
    except tomllib.TOMLDecodeError:  # its text may quote a secret
        raise SettingsError(f"notices.channels_file {file} is not valid TOML") from None
    found = {}
    for name, url in read.items():
        channel = Channel(name=name, url=url if isinstance(url, str) else "")
        if apprise.Apprise.instantiate(channel.url_for("a@example.org"), suppress_exceptions=True) is None:
            raise SettingsError(
                f"notices.channels_file {file}: {name} is not an address of Apprise; write it as "
                "mailtos://user:password@host?to={address}, wecombot://key or json://host/path"
            )
        found[name] = channel
    return found


class ChannelSender:
    """Sends what is due on one channel.

    Args:
        channel: the channel.
        database: holds the messages.
        on_message: called with the channel and `sent`, `failed` or `given_up` for each attempt.
        on_delay: called with the channel and the seconds for which its oldest message has waited.
    """

    def __init__(
        self,
        *,
        channel: Channel,
        database: Database,
        on_message: Callable[[str, str], None],
        on_delay: Callable[[str, float], None],
    ) -> None:
        self._channel = channel
        self._database = database
        self._on_message = on_message
        self._on_delay = on_delay
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"channel-{channel.name}")

    async def run(self) -> None:
        """Send until cancelled."""
        try:
            while True:
                try:
                    busy = await self.send_due()
                except (*UNREACHABLE, asyncpg.PostgresError, StoreError) as error:
                    log.warning("channel %s waits for the database (%s)", self._channel.name, error)
                    busy = False
                if not busy:
                    await asyncio.sleep(_LOOK_EVERY_S * random.uniform(0.7, 1.3))  # noqa: S311 no secret
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def send_due(self) -> bool:
        """Send what is due for one address, as one message; returns whether anything was due.

        No connection is held while the message is sent. If this worker is killed meanwhile, the message goes
        again, because nobody knows whether it went.
        """
        name = self._channel.name
        async with self._database.connection() as connection:
            due = await connection.fetch(_SQL["claim_deliveries"], name, _AT_ONCE)
            self._on_delay(name, await connection.fetchval(_SQL["oldest_delivery"], name))
        if not due:
            return False
        sent = await self._send(due)
        too_old = due[0]["wanted_at"] < datetime.now(UTC) - _GIVE_UP_AFTER
        if sent or too_old:
            async with self._database.connection() as connection:
                await connection.execute(_SQL["end_deliveries"], [row["delivery_id"] for row in due], sent)
        outcome = "sent" if sent else "given_up" if too_old else "failed"
        if not sent:
            log.warning(
                "channel %s did not take a message of %d notices (attempt %d)%s", name, len(due),
                due[0]["attempts"], "; given up after a day" if too_old else "; tried again later",
            )  # fmt: skip
        self._on_message(name, outcome)
        return True

    async def _send(self, due: Sequence[asyncpg.Record]) -> bool:
        url = self._channel.url_for(due[0]["address"])
        title = due[0]["title"] if len(due) == 1 else f"{len(due)} 条提醒"
        body = "\n".join(f"{row['title']} {row['number']}" for row in due)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_LONGEST_S):
                return await loop.run_in_executor(self._thread, _notify, url, title, body)
        except TimeoutError:
            return False


def _notify(url: str, title: str, body: str) -> bool:
    service = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if service is None:
        return False
    service.socket_connect_timeout, service.socket_read_timeout = _CONNECT_S, _READ_S
    try:
        return bool(service.notify(title=title, body=body))
    except Exception:  # noqa: BLE001 a plugin's error may quote the address
        return False
