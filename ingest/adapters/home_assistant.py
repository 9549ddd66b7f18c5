"""Device trackers of Home Assistant's MQTT integration, and states that Home Assistant publishes.

A tracker publishes its state (`home`, `not_home` or the name of a zone) and its attributes with the place on
two topics; MQTT Event Stream publishes both in one object. Some messages have a time (`last_updated`,
`last_seen`, `timestamp`). The others get the time of receipt; if they are retained, they are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from ingest.adapters.adapter import Adapter, Translated, wire_message
from ingest.adapters.reports import parts_of
from ingest.adapters.text_forms import is_absent, read_json, readings
from ingest.adapters.text_times import moment
from wire.errors import PayloadError
from wire.messages import Status, Telemetry
from wire.topics import Kind, Stream

_TIMES: Final = ("last_updated", "last_seen", "last_seen_at", "timestamp", "last_changed", "time", "tst")
_GONE: Final = frozenset({"unavailable", "offline"})
_UNKNOWN: Final = frozenset({"unknown", "none"})
_SETTINGS: Final = "config"  # messages of MQTT discovery, which describe other topics
_LONGEST_STATE: Final = 64
_PLACE: Final = ("latitude", "longitude")
_OF_A_FIX: Final = frozenset({*_PLACE, "gps_accuracy", "altitude", "speed", "course"})
_NO_READINGS: Final = frozenset({*_TIMES, "state", "source_type", "friendly_name", "icon", "entity_picture"})
_NAMES: Final = {"battery_level": "battery_percent", "battery": "battery_percent"}


class HomeAssistant(Adapter, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="home_assistant"):
    """Device trackers in the format of Home Assistant."""

    topics: Annotated[
        tuple[str, ...], Meta(min_length=1, max_length=64, description="MQTT topic filters, with + and #.")
    ] = ("homeassistant/device_tracker/+/+",)
    kind: Annotated[Kind, Meta(description="What the sender is: vehicle, person, device, camera or box.")] = (
        Kind.PERSON
    )
    id: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=200,
            description="Template of the sender's id, from levels of the topic "
            "homeassistant/device_tracker/id.",
        ),
    ] = "{3}"

    def read_received(self, topic: str, payload: bytes, *, received_at: float | None) -> Translated:
        """Read attributes, a state, or both in one object."""
        if topic.endswith(f"/{_SETTINGS}"):
            return []
        if payload.lstrip()[:1] != b"{":
            text = _text(payload)
            value, name = _json_value(text), topic.rpartition("/")[2]
            if value is None or (name == "state" and isinstance(value, str)):
                return self._state(topic, value or text, received_at)
            return self._attributes(topic, {name: value}, received_at)
        report = read_json(payload, "home assistant")
        attributes = report.get("attributes")
        time = _time(report, attributes)
        found: Translated = []
        if isinstance(report.get("state"), str):
            found += self._state(topic, report["state"], received_at if time is None else time)
        return found + self._attributes(
            topic,
            attributes if isinstance(attributes, dict) else report,
            received_at if time is None else time,
        )

    def _state(self, topic: str, state: str, time: float | None) -> Translated:
        if time is not None and state.lower() in _GONE | {"online"}:
            status = wire_message(Status, online=state.lower() == "online", time=time)
            return [(self.sender_topic(topic, Stream.STATUS), status)]
        if time is None or is_absent(state) or state.lower() in _UNKNOWN:
            return []
        if len(state) > _LONGEST_STATE:
            raise PayloadError(f"home assistant: a state has at most {_LONGEST_STATE} characters")
        telemetry = wire_message(Telemetry, time=time, values={"zone": state})
        return [(self.sender_topic(topic, Stream.TELEMETRY), telemetry)]

    def _attributes(self, topic: str, attributes: Mapping[str, Any], time: float | None) -> Translated:
        if time is None:
            return []
        fix = None
        if all(not is_absent(attributes.get(name)) for name in _PLACE):
            fix = {
                "time": time,
                "lat": attributes["latitude"],
                "lon": attributes["longitude"],
                "accuracy": attributes.get("gps_accuracy"),
                "altitude": attributes.get("altitude"),
                "speed": attributes.get("speed"),
                "heading": attributes.get("course"),
            }
        others = _NO_READINGS if fix is None else _NO_READINGS | _OF_A_FIX
        left = {_NAMES.get(name, name): value for name, value in attributes.items() if name not in others}
        return parts_of(self, topic, time=time, fix=fix, readings=readings(left), report=attributes)


def _text(payload: bytes) -> str:
    try:
        return payload.decode().strip()
    except UnicodeDecodeError:
        raise PayloadError("home assistant: a state is text") from None


def _json_value(text: str) -> Any:
    """A JSON value, as MQTT Statestream publishes attributes; None for a bare word, which is a state."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return None


def _time(report: Mapping[str, Any], attributes: Any) -> float | None:
    for part in (attributes, report):
        if isinstance(part, Mapping):
            for name in _TIMES:
                if not is_absent(part.get(name)):
                    return moment(part[name])
    return None
