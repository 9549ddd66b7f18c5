"""OwnTracks, the phone app: location, transition, lwt, steps, beacon (https://owntracks.org/booklet/tech/json/).

A location is a position at `tst`, the time of the fix. The phone's readings and its online status are stored
at `created_at`, the time of the message, because a ping repeats an old fix. A transition is a position, with
the region as telemetry. An lwt says that the phone is offline. Steps and beacons are telemetry. Other
messages (cards, waypoints, commands, configurations, the app's status) are ignored. Speed is in km/h.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import Meta

from ingest.adapters.adapter import KMH_MPS, Adapter, Translated, wire_message
from ingest.adapters.reports import not_negative, parts_of
from ingest.adapters.text_forms import is_absent, number, read_json, readings
from ingest.adapters.text_times import first_moment, moment
from wire.errors import PayloadError
from wire.messages import Status
from wire.topics import Kind, Stream

_READINGS: Final = {
    "conn": "connection",
    "p": "pressure_kpa",
    "vac": "vertical_accuracy_m",
    "t": "trigger",
    "m": "monitoring",
    "inregions": "regions",
}
"""Readings of a location: our names, which state the unit, by the app's names."""
_BATTERY_STATUS: Final = {"1": "unplugged", "2": "charging", "3": "full"}
_FIX: Final = frozenset({"lat", "lon", "tst", "acc", "alt", "vel", "cog", "ign"})
_ENVELOPE: Final = frozenset(
    {"_type", "_id", "tid", "topic", "created_at", "inrids", "image", "face", "batt", "bs"}
)


class OwnTracks(Adapter, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="owntracks"):
    """Phones with the OwnTracks app in MQTT mode, unencrypted."""

    topics: Annotated[
        tuple[str, ...], Meta(min_length=1, max_length=64, description="MQTT topic filters, with + and #.")
    ] = ("owntracks/+/+", "owntracks/+/+/event", "owntracks/+/+/step")
    kind: Annotated[Kind, Meta(description="What the sender is: vehicle, person, device, camera or box.")] = (
        Kind.PERSON
    )
    id: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=200,
            description="Template of the sender's id, from levels of the topic owntracks/user/device.",
        ),
    ] = "{2}-{3}"

    def read(self, topic: str, payload: bytes) -> Translated:
        """Read a location, transition, lwt, steps or beacon."""
        report = read_json(payload, "owntracks")
        if not isinstance(report, dict):
            raise PayloadError("owntracks: a message must be an object")
        match report.get("_type"):
            case "location":
                return self._location(topic, report)
            case "transition":
                return self._transition(topic, report)
            case "lwt":
                gone = wire_message(Status, online=False, time=moment(report.get("tst")))
                return [(self.sender_topic(topic, Stream.STATUS), gone)]
            case "steps":
                return self._steps(topic, report)
            case "beacon":
                return self._beacon(topic, report)
            case "encrypted":
                raise PayloadError(
                    "owntracks: the message is encrypted; clear the secret in the app and use TLS instead"
                )
            case None:
                raise PayloadError("owntracks: the message has no _type")
        return []

    def _location(self, topic: str, report: dict[str, Any]) -> Translated:
        created = first_moment((report.get("created_at"), report.get("tst")))
        if created is None:
            created = moment(report.get("tst"))  # raises the error that names the fault
        values: dict[str, Any] = {
            "battery_percent": not_negative(report.get("batt")),
            "battery_status": _BATTERY_STATUS.get(str(report.get("bs"))),
        }
        for name, value in report.items():
            if name not in _FIX and name not in _ENVELOPE:
                values[_READINGS.get(name, name)] = value
        there = (self.sender_topic(topic, Stream.STATUS), wire_message(Status, online=True, time=created))
        fix: dict[str, Any] | PayloadError
        try:
            fix = self._fix(report, moment(report.get("tst")))
        except PayloadError as error:
            fix = error
        return [
            *parts_of(self, topic, time=created, fix=fix, readings=readings(values), report=report),
            there,
        ]

    def _transition(self, topic: str, report: dict[str, Any]) -> Translated:
        happened = moment(report.get("tst"))
        event = report.get("event")
        if not isinstance(event, str) or event not in {"enter", "leave"}:
            raise PayloadError("owntracks: a transition has the event enter or leave")
        fix = None if is_absent(report.get("lat")) else self._fix(report, happened)
        values = readings({"region": report.get("desc"), "region_event": event, "trigger": report.get("t")})
        return parts_of(self, topic, time=happened, fix=fix, readings=values, report=report)

    def _steps(self, topic: str, report: dict[str, Any]) -> Translated:
        steps = number(report.get("steps"), "steps")
        if steps is None or steps < 0:  # the phone does not count steps
            return []
        return self._telemetry(topic, report, {"steps": steps})

    def _beacon(self, topic: str, report: dict[str, Any]) -> Translated:
        values = {
            "beacon": report.get("desc"),
            "beacon_uuid": report.get("uuid"),
            "beacon_major": report.get("major"),
            "beacon_minor": report.get("minor"),
            "beacon_distance_m": report.get("acc"),
            "beacon_rssi_dbm": report.get("rssi"),
            "beacon_proximity": report.get("prox"),
        }
        return self._telemetry(topic, report, values)

    def _fix(self, report: dict[str, Any], time: float) -> dict[str, Any]:
        return {
            "time": time,
            "lat": report.get("lat"),
            "lon": report.get("lon"),
            "speed": report.get("vel"),
            "speed_mps": KMH_MPS,
            "heading": report.get("cog"),
            "altitude": report.get("alt"),
            "accuracy": report.get("acc"),
            "ignition": report.get("ign"),
        }

    def _telemetry(self, topic: str, report: dict[str, Any], values: dict[str, Any]) -> Translated:
        time = moment(report.get("tst"))
        return parts_of(self, topic, time=time, fix=None, readings=readings(values), report=report)
