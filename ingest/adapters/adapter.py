"""The base of all adapters. An adapter is one `[[adapters]]` table; it translates foreign messages into ours.

An adapter keeps no state and reads no clock: a message means the same whenever it is read (ADR 0080).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias, TypeVar, cast

import msgspec
from msgspec import Meta, Struct

from wire import partial
from wire.errors import PayloadError, TopicError
from wire.messages import Incident, Position, Status, Telemetry
from wire.partial import RefusedItem
from wire.topics import DISTRICT_PATTERN, Kind, Stream, Topic

Translated: TypeAlias = list[tuple[Topic | None, Position | Telemetry | Status | Incident | RefusedItem]]
"""The result of an adapter: messages of our types, each with the topic on which a device of ours would
publish it. A `RefusedItem` stands for an item that breaks a rule, and has no topic; the other items are
stored."""

Datum = Literal["wgs84", "gcj02", "bd09"]
KindT = TypeVar("KindT")

KNOT_MPS: Final = 1852 / 3600
KMH_MPS: Final = 1 / 3.6
MPH_MPS: Final = 0.44704

_LENIENT: Final[dict[type[Any], Callable[[Mapping[str, Any]], Any]]] = {
    Position: partial.position,
    Telemetry: partial.telemetry,
    Status: partial.status,
}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class Adapter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="reads"):
    """The settings that all `[[adapters]]` tables share; `reads` chooses the adapter."""

    reports_incidents: ClassVar[bool] = False
    """Whether its messages become incidents. Incidents have an MQTT session of their own."""

    topics: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=300)], ...],
        Meta(min_length=1, max_length=64, description="MQTT topic filters, with + and #."),
    ]
    district: Annotated[
        str, Meta(pattern=f"^{DISTRICT_PATTERN}$", description="The district of these devices, six digits.")
    ]
    kind: Annotated[Kind, Meta(description="What the sender is: vehicle, person, device, camera or box.")] = (
        Kind.VEHICLE
    )
    id: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=200,
            description="Template of the sender's id: {1}, {2} … are levels of the topic, {id} is the id "
            "in the message. Start it with a prefix, to keep foreign ids apart from ours.",
        ),
    ] = "{id}"
    names: Annotated[
        dict[str, str],
        Meta(description='Ids to use instead of the ids that `id` makes: { made = "ours" }.'),
    ] = msgspec.field(default_factory=dict)
    datum: Annotated[Datum, Meta(description="The datum of latitude and longitude.")] = "wgs84"

    def read(self, topic: str, payload: bytes) -> Translated:
        """Translate one message; an empty list if nothing in it is to be stored.

        Raises:
            PayloadError: the adapter cannot read the message, or a value is out of range.
        """
        raise NotImplementedError

    def read_received(self, topic: str, payload: bytes, *, received_at: float | None) -> Translated:
        """Translate one message, given when it was received.

        Args:
            topic: as received.
            payload: as received.
            received_at: epoch seconds, the time of items that state none. None for a retained message,
                whose age is unknown.

        Raises:
            PayloadError: as for `read`.
        """
        del received_at
        return self.read(topic, payload)

    def sender_topic(self, topic: str, stream: Stream, *, device_id: str | None = None) -> Topic:
        """The topic on which a device of ours would publish this message.

        Args:
            topic: the foreign topic.
            stream: the stream of the message.
            device_id: the sender's id in the message.

        Raises:
            PayloadError: the result is not a valid id.
        """
        return self.topic_of(self.sender_id(topic, device_id), stream)

    def sender_id(self, topic: str, device_id: str | None) -> str:
        """The sender's id by the template `id`, before `names` is applied; see `sender_topic`."""
        levels = topic.split("/")

        def fill(match: re.Match[str]) -> str:
            name = match[1]
            if name == "id":
                if device_id is None:
                    raise PayloadError(
                        "the message has no sender id; make `id` from levels of the topic, such as {2}"
                    )
                return device_id
            if name.isdecimal() and 1 <= int(name) <= len(levels):
                return levels[int(name) - 1]
            raise PayloadError(f"the topic has no level {{{name}}}, which the adapter's `id` uses")

        return _PLACEHOLDER.sub(fill, self.id)

    def topic_of(self, identity: str, stream: Stream) -> Topic:
        """The topic of one sender; `names` may replace the id."""
        try:
            return Topic(
                district=self.district,
                kind=self.kind,
                id=self.names.get(identity, identity),
                stream=stream,
            )
        except TopicError as error:
            raise PayloadError(f"{error}; give it another id under `names`") from None


def read_json(payload: bytes, kind: type[KindT], what: str) -> KindT:
    """Decode foreign JSON into a struct; numbers may be quoted.

    Raises:
        PayloadError: the payload is not such a message.
    """
    try:
        return msgspec.json.decode(payload, type=kind, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PayloadError(f"{what}: {error}") from None


def wire_message(kind: type[KindT], **values: Any) -> KindT:
    """Make a wire message and check its limits; fields that are None are left out.

    An optional field of a fix, a reading or a status detail that is out of range is left out, and the message
    names it (`wire.partial`).

    Raises:
        PayloadError: a required value is out of range.
    """
    given = {name: value for name, value in values.items() if value is not None}
    lenient = _LENIENT.get(kind)
    if lenient is not None:
        return cast("KindT", lenient(given))
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise PayloadError(f"{kind.__name__.lower()}: {error}") from None
