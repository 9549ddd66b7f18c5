"""ThingsBoard's device and gateway APIs, from the side of the server.

A device publishes `{name: value}`, `{"ts": …, "values": {…}}`, or a list of either, to
`v1/devices/me/telemetry`. A gateway publishes `{device: [samples]}` to `v1/gateway/telemetry`, and connects
and disconnects devices. Client attributes become telemetry. `ts` is in milliseconds; a sample without it gets
the time of receipt, as on ThingsBoard.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from ingest.adapters.adapter import KMH_MPS, KNOT_MPS, MPH_MPS, Adapter, Translated, wire_message
from ingest.adapters.reports import items_of, parts_of
from ingest.adapters.text_forms import identity, is_absent, read_json, readings
from ingest.adapters.text_times import moment
from wire.errors import PayloadError
from wire.messages import MAX_BATCH, Status
from wire.topics import Kind, Stream

_SPEEDS: Final = {"mps": 1.0, "kmh": KMH_MPS, "knots": KNOT_MPS, "mph": MPH_MPS}
_LATITUDES: Final = ("latitude", "lat")
_LONGITUDES: Final = ("longitude", "lon", "lng")


class ThingsBoard(Adapter, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="thingsboard"):
    """Devices and gateways that speak ThingsBoard's MQTT API."""

    topics: Annotated[
        tuple[str, ...], Meta(min_length=1, max_length=64, description="MQTT topic filters, with + and #.")
    ] = ("v1/gateway/+",)
    kind: Annotated[Kind, Meta(description="What the sender is: vehicle, person, device, camera or box.")] = (
        Kind.DEVICE
    )
    speed: Annotated[
        Literal["", "mps", "kmh", "knots", "mph"],
        Meta(description="The unit of the value `speed` in samples with a place; empty: speed is a reading."),
    ] = ""

    def read_received(self, topic: str, payload: bytes, *, received_at: float | None) -> Translated:
        """Read telemetry, attributes, or a gateway's message that a device connects or disconnects."""
        levels = topic.split("/")
        what = levels[-1]
        gateway = levels[-2:-1] == ["gateway"]
        if what not in {"telemetry", "attributes", *(("connect", "disconnect") if gateway else ())}:
            return []
        report = read_json(payload, f"thingsboard {what}")
        if what in {"connect", "disconnect"}:
            return self._connection(topic, report, online=what == "connect", received_at=received_at)
        if not gateway:
            return self._samples(topic, None, report, received_at)
        if not isinstance(report, dict):
            raise PayloadError(
                f"thingsboard {what}: a gateway must send an object with the names of its devices"
            )
        if len(report) > MAX_BATCH:
            raise PayloadError(f"thingsboard: more than {MAX_BATCH} devices in one message")
        return items_of(
            list(report.items()), lambda device, item: self._samples(topic, device, item, received_at)
        )

    def _connection(self, topic: str, report: Any, *, online: bool, received_at: float | None) -> Translated:
        device = identity(report.get("device")) if isinstance(report, dict) else None
        if device is None:
            raise PayloadError("thingsboard: the message names no device")
        if received_at is None:
            return []
        where = self.sender_topic(topic, Stream.STATUS, device_id=device)
        return [(where, wire_message(Status, online=online, time=received_at))]

    def _samples(self, topic: str, device: str | None, report: Any, received_at: float | None) -> Translated:
        samples = report if isinstance(report, list) else [report]
        if len(samples) > MAX_BATCH:
            raise PayloadError(f"thingsboard: more than {MAX_BATCH} samples in one list")
        named = [(f"{device or ''}[{index}]", sample) for index, sample in enumerate(samples)]
        return items_of(named, lambda _, sample: self._sample(topic, device, sample, received_at))

    def _sample(self, topic: str, device: str | None, sample: Any, received_at: float | None) -> Translated:
        if not isinstance(sample, dict):
            raise PayloadError("thingsboard: a sample must be an object of names and values")
        values: dict[str, Any] = dict(sample)
        time = received_at
        if isinstance(sample.get("values"), dict):
            values = dict(sample["values"])
            time = moment(sample["ts"]) if "ts" in sample else received_at
        if time is None:
            return []
        fix = self._fix(values, time)
        return parts_of(
            self, topic, time=time, fix=fix, readings=readings(values), report=sample, device_id=device
        )

    def _fix(self, values: dict[str, Any], time: float) -> dict[str, Any] | None:
        """The values of a fix, removed from the sample; None if the sample has no place."""
        lat, lon = _first(values, _LATITUDES), _first(values, _LONGITUDES)
        if lat is None or lon is None:
            return None
        found = {
            "time": time,
            "lat": values.pop(lat),
            "lon": values.pop(lon),
            "altitude": values.pop("altitude", None),
        }
        if self.speed:
            found |= {"speed": values.pop("speed", None), "speed_mps": _SPEEDS[self.speed]}
        return found


def _first(values: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if not is_absent(values.get(name))), None)
