"""Any JSON, by configuration: where each field stands, in which unit, and in which datum.

A path is keys and list indexes joined by dots: `gps.0.lat`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct, field

from ingest.adapters.adapter import (
    KMH_MPS,
    KNOT_MPS,
    MPH_MPS,
    Adapter,
    Told,
    heading,
    not_negative,
    read_json,
    readings,
    told,
)
from wire.errors import PayloadError
from wire.messages import MAX_BATCH, Position, Telemetry
from wire.topics import Stream

Path = Annotated[str, Meta(min_length=1, max_length=200, description="Keys and list indexes, with dots.")]

_SPEEDS: Final = {"mps": 1.0, "kmh": KMH_MPS, "knots": KNOT_MPS, "mph": MPH_MPS}
_TIMES: Final = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
_TRUE: Final = frozenset({"1", "true", "on", "yes", "y", "a"})  # `A` is a valid fix in NMEA
_FALSE: Final = frozenset({"0", "false", "off", "no", "n", "v"})


class Place(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the fields of a position stand."""

    lat: Path
    lon: Path
    speed: Path | None = None
    heading: Path | None = None
    altitude: Path | None = None
    accuracy: Path | None = None
    ignition: Path | None = None
    fix: Path | None = None


class Units(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the numbers count."""

    speed: Annotated[Literal["mps", "kmh", "knots", "mph"], Meta(description="The unit of speed.")] = "mps"
    time: Annotated[
        Literal["s", "ms", "us", "text"],
        Meta(description="Seconds, milliseconds or microseconds since 1970, or text."),
    ] = "s"
    time_format: Annotated[
        str,
        Meta(max_length=100, description="How text times are written, as strptime has it; else RFC 3339."),
    ] = ""
    time_zone: Annotated[str, Meta(description="The zone of text times that name none.")] = "UTC"
    angle: Annotated[
        float, Meta(gt=0, le=1, description="Degrees that one unit of latitude and longitude is; 1e-7 …")
    ] = 1.0


class MappedJson(Adapter, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="json"):
    """Devices that publish JSON of their own."""

    time: Annotated[Path, Meta(description="Where the time stands.")]
    position: Annotated[Place | None, Meta(description="Where the fields of a position stand.")] = None
    telemetry: Annotated[
        dict[Annotated[str, Meta(min_length=1, max_length=64)], Path],
        Meta(max_length=64, description="Readings: our name = where it stands."),
    ] = field(default_factory=dict)
    called: Annotated[Path | None, Meta(description="Where the sender's id stands, for {id}.")] = None
    each: Annotated[
        Path | None, Meta(description="Where a list stands, if a message holds several records.")
    ] = None
    units: Annotated[Units, Meta(description="What the numbers count.")] = Units()

    def __post_init__(self) -> None:
        if self.position is None and not self.telemetry:
            raise ValueError("a json adapter needs `position`, `telemetry` or both")
        try:
            ZoneInfo(self.units.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"time_zone {self.units.time_zone!r} is not known here") from None

    def read(self, topic: str, payload: bytes) -> Told:
        """Read a message, or each record in it; the id may stand beside the list or in each record."""
        whole = read_json(payload, object, "json")
        records = [whole]
        if self.each is not None:
            listed = _at(whole, self.each)
            if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_BATCH:
                raise PayloadError(f"json: {self.each} is no list of 1 to {MAX_BATCH} records")
            records = listed
        found: Told = []
        for record in records:
            found += self._record(topic, whole, record)
        return found

    def _record(self, topic: str, whole: object, record: object) -> Told:
        called = None
        if self.called is not None:
            called = _at(record, self.called)
            called = _at(whole, self.called) if called is None else called
        named = None if called is None else str(called)
        moment = self._time(_at(record, self.time))
        found: Told = []
        if self.position is not None:
            where = self.where(topic, Stream.POSITION, called=named)
            found.append((where, self._position(record, moment, self.position)))
        kept = readings({name: _at(record, path) for name, path in self.telemetry.items()})
        if kept:
            where = self.where(topic, Stream.TELEMETRY, called=named)
            found.append((where, told(Telemetry, time=moment, values=kept)))
        return found

    def _position(self, record: object, moment: float, place: Place) -> Position:
        angle = self.units.angle
        lat, lon = _number(record, place.lat), _number(record, place.lon)
        fix = _truth(record, place.fix)
        return told(
            Position,
            time=moment,
            lat=None if lat is None else lat * angle,
            lon=None if lon is None else lon * angle,
            speed_mps=not_negative(_number(record, place.speed), _SPEEDS[self.units.speed]),
            heading_deg=heading(_number(record, place.heading)),
            altitude_m=_number(record, place.altitude),
            accuracy_m=not_negative(_number(record, place.accuracy)),
            ignition=_truth(record, place.ignition),
            fix=True if fix is None else fix,
            coord=self.datum,
        )

    def _time(self, value: Any) -> float:
        if value is None:
            raise PayloadError(f"json: there is no time at {self.time}")
        if self.units.time != "text":
            try:
                return float(value) * _TIMES[self.units.time]
            except (TypeError, ValueError, OverflowError):
                raise PayloadError(f"json: the time at {self.time} is no number") from None
        zone = ZoneInfo(self.units.time_zone)
        try:
            text = str(value)
            form = self.units.time_format
            moment = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
        except (ValueError, OverflowError):
            raise PayloadError(f"json: {str(value)[:60]!r} at {self.time} is no time") from None


def _at(value: Any, path: str) -> Any:
    """What stands at a path; None if nothing does."""
    for key in path.split("."):
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def _number(record: object, path: str | None) -> float | None:
    value = None if path is None else _at(record, path)
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise PayloadError(f"json: what stands at {path} is no number") from None


def _truth(record: object, path: str | None) -> bool | None:
    value = None if path is None else _at(record, path)
    if value is None or isinstance(value, bool):
        return value
    word = str(value).lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise PayloadError(f"json: what stands at {path} is neither true nor false")
