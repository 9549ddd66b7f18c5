"""The base of all adapters: a table of the settings that translates foreign messages into our own types.

An adapter keeps no state and reads no clock: a message means the same whenever it is read again (ADR 0080).
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
"""What an adapter makes of one foreign message: messages of our own types, each with the topic on which a
device of ours would publish it. A `RefusedItem` stands for an item that breaks a rule, and has no topic; the
other items are stored."""

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
    """Whether its messages become incidents, which have a session of their own."""

    topics: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=300)], ...],
        Meta(min_length=1, max_length=64, description="MQTT topic filters, with + and #."),
    ]
    district: Annotated[
        str, Meta(pattern=f"^{DISTRICT_PATTERN}$", description="The district that these devices belong to.")
    ]
    kind: Annotated[Kind, Meta(description="What the sender is: vehicle, person, device, camera or box.")] = (
        Kind.VEHICLE
    )
    id: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=200,
            description="How its id is made: {1}, {2} … are the levels of the topic, {id} is what the "
            "message calls itself. A prefix keeps foreign ids apart from our own.",
        ),
    ] = "{id}"
    names: Annotated[
        dict[str, str],
        Meta(description="Ids of our own for what would otherwise be called something else."),
    ] = msgspec.field(default_factory=dict)
    datum: Annotated[Datum, Meta(description="What latitude and longitude refer to.")] = "wgs84"

    def read(self, topic: str, payload: bytes) -> Translated:
        """Translate one message; an empty list if it holds nothing that is stored.

        Raises:
            PayloadError: the adapter cannot read the message, or a value is outside its limits.
        """
        raise NotImplementedError

    def read_received(self, topic: str, payload: bytes, *, received_at: float | None) -> Translated:
        """Translate one message whose time of receipt is known.

        Args:
            topic: as received.
            payload: as received.
            received_at: epoch seconds, used for parts without a time of their own; None for a retained
                message, because its age is not known.

        Raises:
            PayloadError: as for `read`.
        """
        del received_at
        return self.read(topic, payload)

    def sender_topic(self, topic: str, stream: Stream, *, device_id: str | None = None) -> Topic:
        """The topic on which a device of ours would publish this.

        Args:
            topic: the foreign topic.
            stream: the stream of the message.
            device_id: the sender's id in the message.

        Raises:
            PayloadError: no valid id results.
        """
        return self.topic_of(self.sender_id(topic, device_id), stream)

    def sender_id(self, topic: str, device_id: str | None) -> str:
        """The id as `id` makes it, before `names`; see `sender_topic`."""
        levels = topic.split("/")

        def fill(match: re.Match[str]) -> str:
            name = match[1]
            if name == "id":
                if device_id is None:
                    raise PayloadError(
                        "the message does not say whom it is about; make `id` of levels of the topic, as {2}"
                    )
                return device_id
            if name.isdecimal() and 1 <= int(name) <= len(levels):
                return levels[int(name) - 1]
            raise PayloadError(f"the topic has no level {{{name}}}, which the adapter's id names")

        return _PLACEHOLDER.sub(fill, self.id)

    def topic_of(self, identity: str, stream: Stream) -> Topic:
        """The topic of one sender by its id, or by the name that the settings give it instead."""
        try:
            return Topic(
                district=self.district,
                kind=self.kind,
                id=self.names.get(identity, identity),
                stream=stream,
            )
        except TopicError as error:
            raise PayloadError(f"{error}; give it an id of ours under `names`") from None


def read_json(payload: bytes, kind: type[KindT], what: str) -> KindT:
    """Decode foreign JSON into a struct; numbers may stand in quotes.

    Raises:
        PayloadError: it is no such message.
    """
    try:
        return msgspec.json.decode(payload, type=kind, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PayloadError(f"{what}: {error}") from None


def wire_message(kind: type[KindT], **values: Any) -> KindT:
    """Make a wire message, held to the wire's limits; what is None is left out.

    An optional field of a fix, a reading or a detail that is outside its limits is left out and named in the
    message (`wire.partial`).

    Raises:
        PayloadError: a required value is outside its limits.
    """
    given = {name: value for name, value in values.items() if value is not None}
    lenient = _LENIENT.get(kind)
    if lenient is not None:
        return cast("KindT", lenient(given))
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise PayloadError(f"{kind.__name__.lower()}: {error}") from None
