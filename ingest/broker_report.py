"""The broker's own statistics on `$SYS`: Mosquitto's topics, and those of our plugin (ADR 0101). Pure."""

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
    """A session whose client is away while messages come for it.

    Attributes:
        client: its client identifier, which equals its user.
        away_s: seconds since it disconnected, or since the broker started.
        messages: messages kept for it since then.
        bytes: memory of the broker that these messages take.
        withheld: messages not kept for it, because its queue was full.
        consumer: whether it is a session of the centre, whose queue is bounded by memory only.
    """

    client: str
    away_s: float
    messages: int
    bytes: int
    withheld: int
    consumer: bool


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The plugin's report.

    Attributes:
        version: version of the report's format.
        memory: bytes of the broker's heap in use.
        memory_limit: bytes above which devices are refused.
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
    """The newest values.

    Attributes:
        numbers: topic below `$SYS/broker/` → Mosquitto's number.
        uptime_s: seconds since the broker's start; None until the broker has sent it.
        limits: the plugin's report; None without the plugin.
        absent: disconnected sessions with waiting messages.
    """

    numbers: dict[str, int] = field(default_factory=dict)
    uptime_s: int | None = None
    limits: Limits | None = None
    absent: tuple[AbsentSession, ...] = ()

    def take(self, topic: str, payload: bytes) -> None:
        """Take one message; a message that cannot be read is ignored."""
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
        """Messages that the broker acknowledged but did not deliver to every subscribed session.

        Counted since the broker's start, once for each session that missed a message. Messages of QoS 0 for a
        slow client count too; those for a disconnected client do not.
        """
        return self.numbers.get("publish/messages/dropped")
