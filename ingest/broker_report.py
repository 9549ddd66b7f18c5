"""The broker's report on `$SYS`: Mosquitto's topics, and those of our plugin (ADR 0101). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import msgspec

TOPICS: Final = (
    "$SYS/broker/uptime",
    "$SYS/broker/store/messages/+",
    "$SYS/broker/publish/messages/dropped",
    "$SYS/broker/clients/+",
    "$SYS/broker/streetwarden/+",
)
_LIMITS: Final = "$SYS/broker/streetwarden/limits"
_SESSIONS: Final = "$SYS/broker/streetwarden/sessions"
_UPTIME: Final = "$SYS/broker/uptime"
_NUMBER: Final = re.compile(rb"\d{1,18}")


class AbsentSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session whose client is disconnected while messages come for it.

    Attributes:
        client: the client id, which is also the user name.
        away_s: seconds since the disconnect, or since the broker's start.
        messages: messages queued for it since then.
        bytes: memory of the broker that they take.
        withheld: messages beyond its queue limit, which were dropped.
        consumer: whether it is one of the centre's, whose queue is limited only by memory.
    """

    client: str
    away_s: float
    messages: int
    bytes: int
    withheld: int
    consumer: bool


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The report of the limits plugin.

    Attributes:
        version: version of the report's format.
        memory: bytes of the broker's heap in use.
        memory_limit: bytes of heap above which devices are refused.
        retain_cleared: messages whose retain flag was cleared.
        refused: messages, connections and subscriptions refused since the broker's start, by reason.
    """

    version: int
    memory: int
    memory_limit: int
    retain_cleared: int
    refused: dict[str, int]


@dataclass(slots=True, kw_only=True)
class BrokerReport:
    """The newest values of all topics.

    Attributes:
        numbers: Mosquitto's numbers, by topic below `$SYS/broker/`.
        uptime_s: seconds since the broker's start; None if not yet received.
        limits: the plugin's report; None without a plugin.
        absent: sessions of disconnected clients that have messages.
    """

    numbers: dict[str, int] = field(default_factory=dict)
    uptime_s: int | None = None
    limits: Limits | None = None
    absent: tuple[AbsentSession, ...] = ()

    def take(self, topic: str, payload: bytes) -> None:
        """Take in one message; a malformed one is ignored."""
        try:
            if topic == _LIMITS:
                self.limits = msgspec.json.decode(payload, type=Limits)
            elif topic == _SESSIONS:
                self.absent = msgspec.json.decode(payload, type=tuple[AbsentSession, ...])
            elif (number := _NUMBER.match(payload)) is not None:
                if topic == _UPTIME:
                    self.uptime_s = int(number[0])
                else:
                    self.numbers[topic.removeprefix("$SYS/broker/")] = int(number[0])
        except msgspec.MsgspecError:
            return

    @property
    def dropped(self) -> int | None:
        """Messages that the broker acknowledged and did not deliver to every session.

        Counted since the broker's start, once for each session that missed a message. Messages of QoS 0 for a
        slow client count; those for a disconnected client do not.
        """
        return self.numbers.get("publish/messages/dropped")
