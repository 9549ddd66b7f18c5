"""Events of cameras with analytics of their own become incidents, by rules in the settings.

Two forms are read: ONVIF events in JSON, as Profile M devices publish them (ONVIF Core, "Event Broker":
topic `{prefix}/onvif-ej/{ONVIF topic}/&{source values}`, payload `UtcTime`, `Source`, `Key`, `Data`), and
events of Axis cameras (`topic`, `timestamp`, `serial`, `message`). Topics are compared without namespaces,
because makers use different ones.

Most events are states: an item of `Data` tells whether a condition holds. The incident begins when the item
becomes true. It ends when the item becomes false or the property is deleted. The store finds the incident of
a condition (ADR 0146). An event without such an item, such as a crossed line, begins an incident that a
person ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, TypeAlias
from uuid import UUID, uuid5

from msgspec import Meta, Struct, field

from ingest.adapters.adapter import Adapter, Translated, read_json, wire_message
from ingest.adapters.cameras import Camera, place_of
from ingest.adapters.conditions import ConditionReport
from ingest.adapters.text_forms import truth
from ingest.adapters.text_times import moment
from wire.errors import PayloadError
from wire.messages import Incident, Slug
from wire.topics import Kind, Stream, Topic

Items: TypeAlias = Mapping[str, str]

_NAMESPACE: Final = UUID("2b1d5c58-0f0c-5d8e-8f5a-6c9d3a7b4e11")  # any, the same in every release
_ALIAS: Final = re.compile(r"tns:[\w-]+")  # a topic level of its own, before the level that it qualifies
_PREFIX: Final = re.compile(r"^[A-Za-z_][\w.-]*:")
_LOGICAL_STATES: Final = {"active": True, "inactive": False}  # ONVIF's tt:RelayLogicalState
_STATES: Final = (
    "active", "State", "IsInside", "IsMotion", "IsTamper", "IsLoitering", "Status", "LogicalState", "state",
)  # fmt: skip
"""Items of `Data` that tell whether a condition holds; names by ONVIF and by makers."""
_MAX_ITEMS: Final = 64
_DEEPEST: Final = 8


class EventCamera(Camera, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The place of a camera: its events carry none."""

    source: Annotated[
        str,
        Meta(
            max_length=200,
            description="The video source of this camera, if its device has several lenses, as in its "
            "events. Empty: all events of the device.",
        ),
    ] = ""


class EventRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Selects events, and gives their incidents a type."""

    topic: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=300,
            description="The ONVIF topic without namespaces, such as "
            "RuleEngine/FieldDetector/ObjectsInside; + is one level, # the rest.",
        ),
    ]
    type: Annotated[Slug, Meta(description="The incident type, such as illegal_parking.")]
    source: Annotated[
        dict[str, str],
        Meta(max_length=16, description='Only events with these items of Source, such as { Rule = "Kerb" }.'),
    ] = field(default_factory=dict)
    data: Annotated[
        dict[str, str],
        Meta(
            max_length=16,
            description='Only events with these items of Data, such as { classTypes = "vehicle" }.',
        ),
    ] = field(default_factory=dict)
    state: Annotated[
        str,
        Meta(
            max_length=64,
            description="The item of Data that tells whether the condition holds. Empty: the usual names; an "
            "event without any of them begins an incident that a person ends.",
        ),
    ] = ""
    zone: Annotated[
        str,
        Meta(
            max_length=64,
            description="The zone of the incident; incidents of the same type, zone and camera share a "
            "case. Empty: the camera's name for its rule or scenario.",
        ),
    ] = ""
    lost_after_h: Annotated[
        float,
        Meta(
            gt=0,
            le=8760,
            description="Hours after which a condition that has not ended counts as a new one.",
        ),
    ] = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """One event, in a form common to all makers.

    Attributes:
        camera: the camera's name for itself.
        levels: the ONVIF topic without namespaces.
        time: epoch seconds.
        source, key, data: items by name, as text.
        deleted: whether the property was deleted.
    """

    camera: str
    levels: tuple[str, ...]
    time: float
    source: Items
    key: Items
    data: Items
    deleted: bool = False


class CameraEvents(Adapter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The common part of the adapters for camera events."""

    reports_incidents: ClassVar[bool] = True
    cameras: Annotated[tuple[EventCamera, ...], Meta(min_length=1, description="The places of the cameras.")]
    events: Annotated[tuple[EventRule, ...], Meta(min_length=1, description="Rules that select events.")]
    kind: Annotated[Kind, Meta(description="What the sender is: vehicle, person, device, camera or box.")] = (
        Kind.CAMERA
    )

    def read_received(self, topic: str, payload: bytes, *, received_at: float | None) -> Translated:
        """Read one event. A retained event is ignored: it says nothing about now."""
        return self.read(topic, payload) if received_at is not None else []

    def read(self, topic: str, payload: bytes) -> Translated:
        """Read one event; an empty list if no rule selects it."""
        event = self._event(topic, payload)
        found: Translated = []
        for rule in self.events if event is not None else ():
            assert event is not None
            if _asks_for(rule, event):
                holds = False if event.deleted else _holds(rule, event)
                if holds is False:  # without regard to `data`: a deletion often carries none
                    found.append(self._report(event, rule, holds=holds))
                elif _has(event.data, rule.data):
                    return [self._report(event, rule, holds=holds)]
        return found

    def _report(self, event: _Event, rule: EventRule, *, holds: bool | None) -> tuple[Topic, Incident]:
        camera = self._camera(event)
        where = self.topic_of(camera.our_id, Stream.INCIDENT)
        names = [self.district, where.id, rule.type, "/".join(event.levels)]
        identity = " ".join([*names, *_pairs(event.source), *_pairs(event.key)])
        values = {
            "type": rule.type,
            "observed_at": event.time,
            "began_at": event.time,
            "lat": camera.lat,
            "lon": camera.lon,
            "camera": where.id,
            "zone": rule.zone or _zone(event),
            "revision": 1,
            "phase": "begun",
        }
        at = f"{event.time:.6f}"
        if holds is None:
            momentary = " ".join([identity, at, *_pairs(event.data)])
            return where, wire_message(Incident, incident_id=uuid5(_NAMESPACE, momentary), **values)
        if not holds:
            values |= {"revision": 2, "phase": "ended"}
        report = wire_message(
            ConditionReport,
            incident_id=uuid5(_NAMESPACE, f"{identity} {at}"),
            condition=uuid5(_NAMESPACE, identity),
            lost_after_s=rule.lost_after_h * 3600,
            **values,
        )
        return where, report

    def _event(self, topic: str, payload: bytes) -> _Event | None:
        """The event, or None if the message is not an event.

        Raises:
            PayloadError: it is an event that cannot be read.
        """
        raise NotImplementedError

    def _camera(self, event: _Event) -> Camera:
        sources = set(event.source.values())
        shown = [each for each in self.cameras if not each.source or each.source in sources]
        return place_of(shown, event.camera)


class _OnvifEvent(Struct, frozen=True, rename="pascal"):
    utc_time: str | float
    property_operation: str = ""
    source: dict[str, Any] | None = None
    key: dict[str, Any] | None = None
    data: dict[str, Any] | None = None


class Onvif(CameraEvents, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="onvif"):
    """ONVIF events in JSON, as Profile M devices publish them to an event broker."""

    topics: Annotated[
        tuple[str, ...], Meta(min_length=1, max_length=64, description="MQTT topic filters, with + and #.")
    ] = ("+/onvif-ej/#",)

    def _event(self, topic: str, payload: bytes) -> _Event | None:
        prefix, marked, rest = topic.partition("/onvif-ej/")
        if not marked:
            return None
        message = read_json(payload, _OnvifEvent, "onvif event")
        return _Event(
            camera=self.sender_id(topic, prefix),
            levels=_levels(rest.partition("/&")[0]),
            time=moment(message.utc_time),
            source=_items(message.source),
            key=_items(message.key),
            data=_items(message.data),
            deleted=message.property_operation == "Deleted",
        )


class _AxisMessage(Struct, frozen=True):
    source: dict[str, Any] | None = None
    key: dict[str, Any] | None = None
    data: dict[str, Any] | None = None


class _AxisEvent(Struct, frozen=True):
    timestamp: str | float
    message: _AxisMessage
    topic: str | None = None
    serial: str | None = None


class Axis(CameraEvents, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="axis"):
    """Events of Axis cameras, such as those of AXIS Object Analytics, from the camera's own MQTT client.

    A payload without `topic` has it in the MQTT topic, below the default prefix `axis/{serial}/event/`.
    """

    def _event(self, topic: str, payload: bytes) -> _Event | None:
        event = read_json(payload, _AxisEvent, "axis event")
        message = event.message
        return _Event(
            camera=self.sender_id(topic, event.serial),
            levels=_levels(event.topic or topic.partition("/event/")[2] or topic),
            time=moment(event.timestamp),
            source=_items(message.source),
            key=_items(message.key),
            data=_items(message.data),
        )


def _levels(topic: str) -> tuple[str, ...]:
    """The levels of an ONVIF topic without namespaces: `tns1:A/tnsaxis:B` and `tns:axis/A/B` give A, B."""
    return tuple(
        _PREFIX.sub("", level) for level in topic.split("/") if level and not _ALIAS.fullmatch(level)
    )


def _items(section: Mapping[str, Any] | None) -> Items:
    """Names and values of `Source`, `Key` or `Data`, also in the form of a `SimpleItem` list.

    Names of nested elements are joined by dots: `Object.Appearance.Class.Type.#text`. Several values of one
    name are joined by commas.
    """
    given = dict(section or {})
    listed = given.pop("SimpleItem", None)
    for each in listed if isinstance(listed, list) else [listed]:
        if isinstance(each, dict) and isinstance(each.get("Name"), str):
            given[each["Name"]] = each.get("Value")
    found: dict[str, str] = {}
    for name, value in _leaves(given, "", 0):
        if name in found:
            found[name] = f"{found[name]},{value}"
        elif len(found) < _MAX_ITEMS:
            found[name] = value
    return found


def _leaves(value: Any, name: str, depth: int) -> Iterator[tuple[str, str]]:
    """The scalar values in a nested value, as text, each with its dotted name."""
    if isinstance(value, bool):
        yield name, "true" if value else "false"
    elif isinstance(value, str | int | float):
        yield name, str(value)
    elif isinstance(value, dict) and depth < _DEEPEST:
        for key, inside in value.items():
            yield from _leaves(inside, f"{name}.{key}" if name else str(key), depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        for inside in value[:_MAX_ITEMS]:
            yield from _leaves(inside, name, depth + 1)


def _pairs(items: Items) -> list[str]:
    return [f"{name}={items[name]}" for name in sorted(items)]


def _asks_for(rule: EventRule, event: _Event) -> bool:
    wanted = rule.topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            break
        if index >= len(event.levels) or level not in {"+", event.levels[index]}:
            return False
    else:
        if len(event.levels) != len(wanted):
            return False
    return _has(event.source, rule.source)


def _has(items: Items, wanted: Items) -> bool:
    """Whether the event has each wanted item, with the value alone or in a list such as `human,vehicle`."""
    return all(
        value.casefold() in [part.strip().casefold() for part in items.get(name, "").split(",")]
        for name, value in wanted.items()
    )


def _holds(rule: EventRule, event: _Event) -> bool | None:
    """Whether the condition holds; None if the event is not a state.

    Raises:
        PayloadError: the item that the rule names is absent, or neither true nor false.
    """
    name = rule.state or next((each for each in _STATES if each in event.data), "")
    if not name:
        return None
    if name not in event.data:
        raise PayloadError(
            f"the event has no item {name!r} in its data, though `state` names it for {rule.topic[:80]!r}"
        )
    word = event.data[name]
    return _LOGICAL_STATES[word.casefold()] if word.casefold() in _LOGICAL_STATES else truth(word, name)


def _zone(event: _Event) -> str | None:
    """The camera's name for its rule: ONVIF's Source item `Rule`, or the last level of the topic."""
    rule = event.source.get("Rule") or event.levels[-1] if event.levels else None
    return rule[:64] if rule else None
