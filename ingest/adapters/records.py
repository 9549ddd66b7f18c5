"""Translates JSON messages of several kinds by records. A record selects messages and names their paths.

The shipped mappings (`ingest/adapters/mappings/*.toml`) are named lists of records; users write records of
the same form. The first record whose topic and conditions fit reads a message. A message that no record reads
is ignored.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct, field

from geo.distance import METRES_PER_DEGREE
from ingest.adapters.adapter import KMH_MPS, KNOT_MPS, MPH_MPS, Adapter, Translated, wire_message
from ingest.adapters.reports import items_of, parts_of
from ingest.adapters.text_forms import identity, is_absent, number, read_json, readings, truth
from ingest.adapters.text_times import moment_if_set
from wire.errors import PayloadError
from wire.messages import MAX_BATCH, Status
from wire.topics import Stream

_FOLDER: Final = "mappings"
ShippedMapping: TypeAlias = Literal["", "chirpstack", "meshtastic", "the_things_stack"]
"""The names of the shipped mappings; empty for none."""

_SPEEDS: Final = {"mps": 1.0, "kmh": KMH_MPS, "knots": KNOT_MPS, "mph": MPH_MPS}
_COORDINATE_BITS: Final = 32
_RECEIVER_M: Final = 3.0  # metres; the error of a receiver under open sky, which is not worth an accuracy
_INDEX: Final = re.compile(r"\d{1,5}", re.ASCII)

Path = Annotated[
    str, Meta(min_length=1, max_length=200, description="Keys and list indexes, joined by dots.")
]
Paths = Annotated[
    tuple[Path, ...],
    Meta(max_length=16, description="Paths; the first one with a value counts."),
]
Scalar: TypeAlias = str | int | float | bool


class RecordPlace(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The paths of a position's fields."""

    lat: Paths
    lon: Paths
    speed: Paths = ()
    heading: Paths = ()
    altitude: Paths = ()
    accuracy: Paths = ()
    precision_bits: Annotated[
        Paths,
        Meta(description="How many of the 32 bits of a coordinate are sent, if there is no accuracy."),
    ] = ()
    ignition: Paths = ()
    fix: Paths = ()
    angle: Annotated[
        float, Meta(gt=0, le=1, description="The unit of latitude and longitude, in degrees.")
    ] = 1.0
    speed_unit: Annotated[Literal["mps", "kmh", "knots", "mph"], Meta(description="The unit of speed.")] = (
        "mps"
    )


class Record(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to read messages of one kind."""

    topic: Annotated[
        str,
        Meta(
            max_length=300,
            description="The end of the topic, with + for any level: event/up. Empty: any topic.",
        ),
    ] = ""
    when: Annotated[
        dict[Path, Scalar],
        Meta(
            max_length=16,
            description='Values that the message must have, by path, such as { type = "position" }.',
        ),
    ] = field(default_factory=dict)
    refuse: Annotated[
        str, Meta(max_length=300, description="Refuse these messages, with this sentence as the reason.")
    ] = ""
    called: Annotated[Paths, Meta(description="The path of the sender's id, for {id}.")] = ()
    id_form: Annotated[
        Literal["text", "hex8"],
        Meta(description="hex8: the id is a number, written as 8 hexadecimal digits."),
    ] = "text"
    time: Annotated[
        Paths,
        Meta(
            description="The path of the time; without a value, or before 2000, the time of receipt is used."
        ),
    ] = ()
    each: Annotated[str, Meta(max_length=200, description="The path of a list of items.")] = ""
    position: Annotated[RecordPlace | None, Meta(description="The paths of a position's fields.")] = None
    telemetry: Annotated[
        dict[Annotated[str, Meta(min_length=1, max_length=64)], Paths],
        Meta(max_length=64, description="The paths of readings, by our name."),
    ] = field(default_factory=dict)
    readings: Annotated[
        tuple[Path, ...],
        Meta(
            max_length=8,
            description="The paths of objects whose fields are all readings, under their own names.",
        ),
    ] = ()
    online: Annotated[
        bool | None, Meta(description="Whether such a message says that its sender is online or offline.")
    ] = None


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shipped mapping."""

    topics: tuple[str, ...]
    about: str
    records: Annotated[tuple[Record, ...], Meta(min_length=1)]


@cache
def shipped(name: str) -> _File:
    """A shipped mapping, by its name."""
    file = files("ingest.adapters").joinpath(_FOLDER, f"{name}.toml")
    return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _File)


def read_records(
    adapter: Adapter, records: Sequence[Record], topic: str, payload: bytes, *, received_at: float | None
) -> Translated:
    """Translate a message by the first record that fits it; an empty list if none does.

    Raises:
        PayloadError: it is not JSON, or not as the record describes it.
    """
    levels = topic.split("/")
    fitting = [record for record in records if _ends(levels, record.topic)]
    if not fitting:
        return []
    if fitting[0].refuse and not fitting[0].when:
        raise PayloadError(fitting[0].refuse)
    whole = read_json(payload, "json")
    for record in fitting:
        if all(_same(at(whole, path), value) for path, value in record.when.items()):
            if record.refuse:
                raise PayloadError(record.refuse)
            return _read(adapter, record, topic, whole, received_at)
    return []


def _read(adapter: Adapter, record: Record, topic: str, whole: Any, received_at: float | None) -> Translated:
    items = [whole] if not record.each else at(whole, record.each)
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_BATCH:
        raise PayloadError(f"json: {record.each} is not a list of 1 to {MAX_BATCH} items")
    named = [(f"{record.each}[{index}]", item) for index, item in enumerate(items)]
    return items_of(named, lambda _, item: _item(adapter, record, topic, (item, whole), received_at))


def _item(
    adapter: Adapter, record: Record, topic: str, where: tuple[Any, Any], received_at: float | None
) -> Translated:
    called = _called(record, where)
    time = next(filter(None, (moment_if_set(at(where[0], path)) for path in record.time)), received_at)
    if time is None:
        return []
    values = {name: first(where, paths) for name, paths in record.telemetry.items()}
    for path in record.readings:
        part = at(where[0], path)
        if isinstance(part, Mapping):
            values = {**part, **values}
    fix = None if record.position is None else _fix(record.position, where[0], time)
    found = parts_of(
        adapter, topic, time=time, fix=fix, readings=readings(values), report=where[0], device_id=called
    )
    if record.online is not None:
        about = adapter.sender_topic(topic, Stream.STATUS, device_id=called)
        found.append((about, wire_message(Status, online=record.online, time=time)))
    return found


def _called(record: Record, where: tuple[Any, Any]) -> str | None:
    value = first(where, record.called)
    if record.id_form == "text" or value is None:
        return identity(value)
    read = number(value, "the id")
    if read is None or read != int(read):
        raise PayloadError("json: the id is not a whole number")
    return f"{int(read) & 0xFFFF_FFFF:08x}"


def _fix(place: RecordPlace, item: Any, time: float) -> dict[str, Any] | None:
    """The values of a fix, or None if the message has no place."""
    found = {
        name: first((item,), paths)
        for name, paths in (
            ("lat", place.lat),
            ("lon", place.lon),
            ("speed", place.speed),
            ("heading", place.heading),
            ("altitude", place.altitude),
            ("accuracy", place.accuracy),
            ("ignition", place.ignition),
        )
    }
    if found["lat"] is None or found["lon"] is None:
        return None
    bits = number(first((item,), place.precision_bits), "precision_bits")
    if found["accuracy"] is None and bits is not None:
        found["accuracy"] = _blur_m(bits)
    fix = truth(first((item,), place.fix), "fix")
    return found | {
        "time": time,
        "degree": place.angle,
        "speed_mps": _SPEEDS[place.speed_unit],
        "fix": True if fix is None else fix,
    }


def _blur_m(bits: float) -> float | None:
    """The accuracy of a place of which only some bits are sent, metres; None if better than a receiver's."""
    if not 0 < bits <= _COORDINATE_BITS:
        return None
    blur_m = 2.0 ** (_COORDINATE_BITS - bits) * 1e-7 * METRES_PER_DEGREE / 2
    return blur_m if blur_m >= _RECEIVER_M else None


def first(where: Sequence[Any], paths: Sequence[str]) -> Any:
    """The first value at some paths, in an item or else in the whole message."""
    for part in where:
        for path in paths:
            value = at(part, path)
            if not is_absent(value):
                return value
    return None


def at(value: Any, path: str) -> Any:
    """The value at a path; None if there is none. The empty path is the whole message."""
    for key in path.split(".") if path else ():
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and _INDEX.fullmatch(key) and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def _same(found: Any, wanted: Scalar) -> bool:
    return type(found) is type(wanted) and found == wanted


def _ends(levels: Sequence[str], pattern: str) -> bool:
    """Whether a topic ends as a pattern says."""
    if not pattern:
        return True
    wanted = pattern.split("/")
    return len(levels) >= len(wanted) and all(
        each in {"+", level} for each, level in zip(reversed(wanted), reversed(levels), strict=False)
    )
