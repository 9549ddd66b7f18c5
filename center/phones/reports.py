"""Whose phone reports, and in which district: an account reports for its own person's phone only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from center.database import Database
from center.people.caller import Caller
from center.phones.broker import BrokerAwayError, Message, PhoneBroker
from center.web.answers import Refusal
from store.queries import load
from wire import Kind, Position, Stream, Topic, encode

_SQL = load("phones")
_BURST: Final = 20
"""Reports at once, as of a phone that was without a network."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class PhoneReports:
    """Takes in positions of phones.

    Args:
        database: says whose phone it is.
        broker: publishes.
        every_s: seconds between two reports of a phone.
        seconds: a clock that only goes forward.
    """

    def __init__(
        self, *, database: Database, broker: PhoneBroker, every_s: float, seconds: Callable[[], float]
    ) -> None:
        self.every_s = every_s
        self._database = database
        self._broker = broker
        self._seconds = seconds
        self._buckets: dict[str, _Bucket] = {}

    @property
    def are_taken(self) -> bool:
        """Whether the center has an account at the broker for them."""
        return self._broker.is_on

    async def device_of(self, caller: Caller) -> str | None:
        """The id of the phone of the caller's person; None if there is none."""
        async with self._database.reading() as connection:
            found: str | None = await connection.fetchval(_SQL["device"], caller.login)
        return found

    async def take(self, caller: Caller, fixes: Sequence[Position]) -> None:
        """Publish fixes of the caller's phone, with their own times.

        Args:
            caller: the person.
            fixes: at least one, in the order of their times.

        Raises:
            Refusal: 409, this center takes none, the caller has no phone, or its district is unknown; 429,
                too many reports; 503, the broker does not take them now.
        """
        if not self.are_taken:
            raise Refusal(409, "positions_off", "this center takes no positions of phones; see phones.user")
        self._limit(caller.login)
        newest = fixes[-1]
        async with self._database.reading() as connection:
            row = await connection.fetchrow(_SQL["reporter"], caller.login, newest.lon, newest.lat)
        if row is None or row["device"] is None:
            raise Refusal(
                409,
                "no_device",
                "the register of persons has no phone of yours; an administrator can add it",
            )
        if row["district"] is None:
            raise Refusal(409, "no_district", "the city has no unit grid and your account has no district")
        topic = Topic(district=row["district"], kind=Kind.PERSON, id=row["device"], stream=Stream.POSITION)
        try:
            await self._broker.publish(Message(str(topic), encode(list(fixes))))
        except BrokerAwayError as error:
            raise Refusal(503, "broker_away", f"{error}; try again", {"Retry-After": "15"}) from None

    def _limit(self, login: str) -> None:
        """One report in half of `every_s` in the long run; an account cannot fill the broker."""
        now = self._seconds()
        rate = 2 / self.every_s
        bucket = self._buckets.setdefault(login, _Bucket(_BURST, now))
        bucket.tokens = min(_BURST, bucket.tokens + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.tokens < 1:
            raise Refusal(
                429, "too_often", "positions come too often; send several in one request",
                {"Retry-After": str(max(1, round(1 / rate)))},
            )  # fmt: skip
        bucket.tokens -= 1
