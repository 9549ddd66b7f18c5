"""What a broker says of itself on `$SYS`: Mosquitto's topics, and those of our plugin (ADR 0101). Pure."""

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
        client: its client id, which is its user.
        away_s: seconds since it left, or since the broker started.
        messages: that were kept for it since then.
        bytes: of the broker's memory that they take.
        withheld: messages that it was not given any more, for it had too many.
        consumer: whether it is one of the centre's, which may have as many as fit into memory.
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
        version: of this report's form.
        memory: bytes of the broker's heap in use.
        memory_limit: past it devices are refused.
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
    """The newest of each.

    Attributes:
        numbers: Mosquitto's numbers, by topic below `$SYS/broker/`.
        uptime_s: seconds since the broker's start; None until it is said.
        limits: what the plugin says; None without a plugin.
        absent: sessions that are away and have messages.
    """

    numbers: dict[str, int] = field(default_factory=dict)
    uptime_s: int | None = None
    limits: Limits | None = None
    absent: tuple[AbsentSession, ...] = ()

    def take(self, topic: str, payload: bytes) -> None:
        """Take in one message; what makes no sense says nothing."""
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
        """Messages that the broker acknowledged and gave not to every session that they were for.

        Counted since its start, over all sessions, once for each session that did not get one. Messages of
        QoS 0 for a client that is slow count too; those for one that is away do not.
        """
        return self.numbers.get("publish/messages/dropped")
