"""Topics: `sw/1/{district}/{kind}/{id}/{stream}`, parsed and built only here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from wire.errors import TopicError

PREFIX: Final = "sw/1"
"""Root and version of every topic; a breaking change of the contract counts the version up."""

DISTRICT_PATTERN: Final = r"[0-9]{6}"
ID_PATTERN: Final = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"


class Kind(StrEnum):
    """The kind of a sender. A broker user name is `{kind}/{id}`, which the broker's ACL compares."""

    VEHICLE = "vehicle"
    PERSON = "person"
    DEVICE = "device"
    CAMERA = "camera"
    BOX = "box"


class Stream(StrEnum):
    """The stream of a message. `RECEIPT` flows from the centre to the sender, all others to the centre."""

    POSITION = "position"
    TELEMETRY = "telemetry"
    FRAME = "frame"
    INCIDENT = "incident"
    EVIDENCE = "evidence"
    STATUS = "status"
    RECEIPT = "receipt"


_TOPIC = re.compile(
    rf"{PREFIX}/({DISTRICT_PATTERN})/({'|'.join(Kind)})/({ID_PATTERN})/({'|'.join(Stream)})",
    re.ASCII,
)
_ID = re.compile(ID_PATTERN, re.ASCII)
_DISTRICT = re.compile(DISTRICT_PATTERN, re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One parsed topic.

    Attributes:
        district: six digits, the administrative division, and the natural shard.
        kind: the kind of the sender.
        id: the sender's id, 1 to 64 of `A-Z a-z 0-9 _ . -`, unique within its kind.
        stream: the stream.
    """

    district: str
    kind: Kind
    id: str
    stream: Stream

    def __post_init__(self) -> None:
        if not _DISTRICT.fullmatch(self.district):
            raise TopicError(f"district {self.district[:80]!r} is not 6 digits")
        if not _ID.fullmatch(self.id):
            raise TopicError(f"id {self.id[:80]!r} is not 1 to 64 letters, digits, '_', '.' or '-'")

    @classmethod
    def parse(cls, text: str) -> Topic:
        """Parse a topic name.

        Raises:
            TopicError: the text is not a topic of this contract.
        """
        match = _TOPIC.fullmatch(text)
        if match is None:
            raise TopicError(f"topic {text[:200]!r} is not {PREFIX}/{{district}}/{{kind}}/{{id}}/{{stream}}")
        district, kind, identity, stream = match.groups()
        return cls(district=district, kind=Kind(kind), id=identity, stream=Stream(stream))

    def __str__(self) -> str:
        return f"{PREFIX}/{self.district}/{self.kind}/{self.id}/{self.stream}"

    @property
    def user(self) -> str:
        """The broker user name that may publish here: `{kind}/{id}`."""
        return f"{self.kind}/{self.id}"

    def to(self, stream: Stream) -> Topic:
        """The topic of the same sender for another stream."""
        return Topic(district=self.district, kind=self.kind, id=self.id, stream=stream)


def subscription(
    stream: Stream, *, kind: Kind | None = None, identity: str | None = None, district: str | None = None
) -> str:
    """The MQTT topic filter for one stream; omitted levels match everything."""
    return f"{PREFIX}/{district or '+'}/{kind or '+'}/{identity or '+'}/{stream}"
