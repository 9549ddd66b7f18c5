"""Vehicle positions of a GTFS-realtime feed, as protocol buffers or as JSON.

The format: https://gtfs.org/documentation/realtime/reference/. Trip updates and alerts are ignored. The feed
has place and speed as single-precision floats; they are rounded to that precision.

Protocol buffers are imported with the first message. This module belongs to ingest's settings, which `doctor`
also reads on machines without ingest's packages.
"""

from __future__ import annotations

from typing import Any, Final

from ingest.adapters.adapter import Adapter, Translated
from ingest.adapters.reports import items_of, parts_of
from ingest.adapters.text_forms import LONGEST_READING_TEXT
from wire.errors import PayloadError

_MOST: Final = 10_000
_TEXTS: Final = {
    "trip": ("trip_id", "route_id", "start_date", "start_time"),
    "vehicle": ("label", "license_plate"),
    "": ("stop_id",),
}
_NUMBERS: Final = ("current_stop_sequence", "occupancy_percentage")
_WORDS: Final = ("current_status", "congestion_level", "occupancy_status")
_DIGITS: Final = 5  # degrees; about a metre, the precision of a 24-bit mantissa at 180 degrees


class GtfsRealtime(Adapter, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="gtfs_realtime"):
    """A GTFS-realtime feed of vehicle positions."""

    def read(self, topic: str, payload: bytes) -> Translated:
        """Read a feed message with any number of vehicles."""
        from google.protobuf import json_format  # noqa: PLC0415 (see above)
        from google.protobuf.message import DecodeError  # noqa: PLC0415
        from google.transit import gtfs_realtime_pb2  # noqa: PLC0415

        feed = gtfs_realtime_pb2.FeedMessage()
        try:
            if payload.lstrip()[:1] == b"{":
                json_format.Parse(payload, feed, ignore_unknown_fields=True)
            else:
                feed.ParseFromString(payload)
        except (DecodeError, json_format.ParseError, RecursionError, ValueError) as error:
            raise PayloadError(f"gtfs-realtime: not a feed message ({str(error)[:200]})") from None
        if len(feed.entity) > _MOST:
            raise PayloadError(f"gtfs-realtime: more than {_MOST} entities in one message")
        vehicles = [
            (f"entity[{index}]", each.SerializePartialToString())  # the form in which the quarantine keeps it
            for index, each in enumerate(feed.entity)
            if each.HasField("vehicle") and not each.is_deleted
        ]
        return items_of(vehicles, lambda _, each: self._vehicle(topic, each, feed.header.timestamp))

    def _vehicle(self, topic: str, item: bytes, feed_time: int) -> Translated:
        from google.transit import gtfs_realtime_pb2  # noqa: PLC0415 (see above)

        entity = gtfs_realtime_pb2.FeedEntity()
        entity.MergeFromString(item)
        vehicle = entity.vehicle
        time = float(vehicle.timestamp or feed_time)
        if not time:
            raise PayloadError("gtfs-realtime: neither the vehicle nor the feed has a timestamp")
        return parts_of(
            self,
            topic,
            time=time,
            fix=_fix(vehicle.position, time) if vehicle.HasField("position") else None,
            readings=_readings(vehicle),
            report=item,
            device_id=_text(vehicle.vehicle.id or entity.id),
        )


def _fix(place: Any, time: float) -> dict[str, Any]:
    return {
        "time": time,
        "lat": round(place.latitude, _DIGITS) if place.HasField("latitude") else None,
        "lon": round(place.longitude, _DIGITS) if place.HasField("longitude") else None,
        "speed": round(place.speed, 3) if place.HasField("speed") else None,
        "heading": round(place.bearing % 360, 3) if place.HasField("bearing") else None,
    }


def _readings(vehicle: Any) -> dict[str, str | float]:
    """The other fields of a vehicle as readings, by the names of the specification."""
    found: dict[str, str | float] = {}
    for part, names in _TEXTS.items():
        of = getattr(vehicle, part) if part else vehicle
        found |= {name: _text(getattr(of, name)) for name in names if of.HasField(name)}
    found |= {name: float(getattr(vehicle, name)) for name in _NUMBERS if vehicle.HasField(name)}
    for name in _WORDS:
        if vehicle.HasField(name):
            words = vehicle.DESCRIPTOR.fields_by_name[name].enum_type.values_by_number
            found[name] = words[getattr(vehicle, name)].name
    if vehicle.position.HasField("odometer"):
        found["odometer_m"] = vehicle.position.odometer
    return found


def _text(value: str | bytes) -> str:
    """A text; the library gives bytes if it is not UTF-8."""
    if isinstance(value, bytes):
        raise PayloadError("gtfs-realtime: a text is not UTF-8")
    return value[:LONGEST_READING_TEXT]
