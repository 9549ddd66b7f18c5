"""Any JSON, by configuration: the path, the unit and the datum of each field.

A path is keys and list indexes joined by dots: `gps.0.lat`. The empty path is the whole message.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct, field

from ingest.adapters.adapter import KMH_MPS, KNOT_MPS, MPH_MPS, Adapter, Translated
from ingest.adapters.records import Record, ShippedMapping, at, read_records, shipped
from ingest.adapters.reports import items_of, parts_of
from ingest.adapters.text_forms import identity, is_absent, number, read_json, readings
from ingest.adapters.text_times import moment, zone_of
from wire.errors import PayloadError
from wire.messages import EARLIEST_EPOCH_S, LATEST_EPOCH_S, MAX_BATCH

Path = Annotated[
    str, Meta(min_length=1, max_length=200, description="Keys and list indexes, joined by dots.")
]

_SPEEDS: Final = {"mps": 1.0, "kmh": KMH_MPS, "knots": KNOT_MPS, "mph": MPH_MPS}
_TIMES: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_NMEA_FIX: Final = {"a": True, "v": False}
_ALL: Final = "*"
"""The key in `telemetry` for an object whose fields all become readings."""


class Place(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The paths of a position's fields."""

    lat: Path
    lon: Path
    speed: Path | None = None
    heading: Path | None = None
    altitude: Path | None = None
    accuracy: Path | None = None
    ignition: Path | None = None
    fix: Path | None = None


class Units(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The units of the numbers."""

    speed: Annotated[Literal["mps", "kmh", "knots", "mph"], Meta(description="The unit of speed.")] = "mps"
    time: Annotated[
        Literal["s", "ms", "us", "ns", "text"],
        Meta(description="The unit of numeric times, counted since 1970, or text."),
    ] = "s"
    time_format: Annotated[
        str,
        Meta(
            max_length=100,
            description="The form of text times, as strptime has it; if left out, every unambiguous form "
            "is read.",
        ),
    ] = ""
    time_zone: Annotated[str, Meta(description="The zone of text times without one.")] = "UTC"
    angle: Annotated[
        float, Meta(gt=0, le=1, description="The unit of latitude and longitude, in degrees: 1, or 1e-7 …")
    ] = 1.0


class MappedJson(Adapter, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="json"):
    """Devices whose JSON has a form of its own."""

    time: Annotated[Path, Meta(description="The path of the time.")] = ""
    position: Annotated[Place | None, Meta(description="The paths of a position's fields.")] = None
    telemetry: Annotated[
        dict[Annotated[str, Meta(min_length=1, max_length=64)], Path],
        Meta(
            max_length=64,
            description="The paths of readings, by our name; the name * is for an object whose fields "
            "are readings.",
        ),
    ] = field(default_factory=dict)
    called: Annotated[Path | None, Meta(description="The path of the sender's id, for {id}.")] = None
    each: Annotated[
        Annotated[str, Meta(max_length=200)] | None,
        Meta(
            description="The path of a list of records, if a message holds several; empty: the message "
            "is the list."
        ),
    ] = None
    units: Annotated[Units, Meta(description="The units of the numbers.")] = Units()
    mapping: Annotated[
        ShippedMapping,
        Meta(
            description="The name of a mapping that comes with Streetwarden, in place of all of the "
            "above; see docs/adapters.md."
        ),
    ] = ""
    records: Annotated[
        tuple[Record, ...],
        Meta(max_length=64, description="One table for each kind of message, in place of the above."),
    ] = ()

    def __post_init__(self) -> None:
        own = self.time or self.position is not None or self.telemetry
        if sum(map(bool, (own, self.mapping, self.records))) != 1:
            raise ValueError("a json adapter needs one of `time`, `mapping` and `records`")
        if own and (not self.time or (self.position is None and not self.telemetry)):
            raise ValueError("a json adapter needs `time`, and `position`, `telemetry` or both")
        zone_of(self.units.time_zone)

    def read_received(self, topic: str, payload: bytes, *, received_at: float | None) -> Translated:
        """Read a message by its records, if the settings have any, or as `read` does."""
        records = shipped(self.mapping).records if self.mapping else self.records
        if records:
            return read_records(self, records, topic, payload, received_at=received_at)
        return self.read(topic, payload)

    def read(self, topic: str, payload: bytes) -> Translated:
        """Read a message, or each record of its list; the id may be in the record or in the message."""
        whole = read_json(payload, "json")
        if self.each is None:
            return self._record(topic, whole, whole)
        if not self.each and isinstance(whole, dict):  # a single record may come without the list
            return self._record(topic, whole, whole)
        listed = at(whole, self.each)
        if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_BATCH:
            raise PayloadError(
                f"json: {self.each or 'the message'} is not a list of 1 to {MAX_BATCH} records"
            )
        named = [(f"{self.each}[{index}]", record) for index, record in enumerate(listed)]
        return items_of(named, lambda _, record: self._record(topic, whole, record))

    def _record(self, topic: str, whole: object, record: object) -> Translated:
        called = None
        if self.called is not None:
            called = identity(at(record, self.called)) or identity(at(whole, self.called))
        values: dict[str, Any] = {}
        for name, path in self.telemetry.items():
            value = at(record, path)
            values |= value if name == _ALL and isinstance(value, dict) else {name: value}
        kept = readings(values)
        time = self._time(at(record, self.time))
        fix = None if self.position is None else self._fix(record, time, self.position)
        if fix is None and not kept:
            raise PayloadError("json: the message has nothing at the paths of `position` and `telemetry`")
        return parts_of(self, topic, time=time, fix=fix, readings=kept, report=record, device_id=called)

    def _fix(self, record: object, time: float, place: Place) -> dict[str, Any] | None:
        """The values at the paths of a position; None if both latitude and longitude are absent."""
        lat, lon = at(record, place.lat), at(record, place.lon)
        if self.telemetry and is_absent(lat) and is_absent(lon):
            return None
        optional = {
            name: None if path is None else at(record, path)
            for name in ("speed", "heading", "altitude", "accuracy", "ignition")
            for path in (getattr(place, name),)
        }
        return {
            **optional,
            "time": time,
            "lat": lat,
            "lon": lon,
            "degree": self.units.angle,
            "speed_mps": _SPEEDS[self.units.speed],
            "fix": None if place.fix is None else _nmea_letter(at(record, place.fix)),
        }

    def _time(self, value: Any) -> float:
        if is_absent(value):
            raise PayloadError(f"json: there is no time at {self.time}")
        units = self.units
        zone = zone_of(units.time_zone)
        if units.time != "text":
            count = number(value, f"the time at {self.time}")
            seconds = 0.0 if count is None else count / _TIMES[units.time]
            if not EARLIEST_EPOCH_S <= seconds < LATEST_EPOCH_S:
                raise PayloadError(
                    f"json: the time at {self.time} is not in {units.time} of the years 2000 to 2099"
                )
            return seconds
        if not units.time_format:
            return moment(value, zone=zone)
        try:
            local = datetime.strptime(str(value), units.time_format)  # noqa: DTZ007 the zone follows
            return (local if local.tzinfo else local.replace(tzinfo=zone)).timestamp()
        except (ValueError, OverflowError):
            raise PayloadError(f"json: {str(value)[:60]!r} at {self.time} is not a time") from None


def _nmea_letter(value: Any) -> Any:
    """Whether the status letter of an NMEA sentence means a fix; any other value unchanged."""
    return _NMEA_FIX.get(value.strip().lower(), value) if isinstance(value, str) else value
