"""Translates JSON messages of several kinds by records: each says which messages it reads, by which paths.

The shipped mappings (`ingest/adapters/mappings/*.toml`) are records with a name; a user writes records of the
same form. The first record whose topic and conditions fit reads a message. A message that no record reads is
ignored.
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
"""The names of the mappings that are shipped; empty for none."""

_SPEEDS: Final = {"mps": 1.0, "kmh": KMH_MPS, "knots": KNOT_MPS, "mph": MPH_MPS}
_COORDINATE_BITS: Final = 32
_RECEIVER_M: Final = 3.0  # what a receiver under open sky errs by, which says nothing of itself here
_INDEX: Final = re.compile(r"\d{1,5}", re.ASCII)

Path = Annotated[
    str, Meta(min_length=1, max_length=200, description="Keys and list indexes, joined by dots.")
]
Paths = Annotated[
    tuple[Path, ...],
    Meta(max_length=16, description="The first of these paths at which something stands."),
]
Scalar: TypeAlias = str | int | float | bool


class RecordPlace(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the fields of a position stand."""

    lat: Paths
    lon: Paths
    speed: Paths = ()
    heading: Paths = ()
    altitude: Paths = ()
    accuracy: Paths = ()
    precision_bits: Annotated[
        Paths,
        Meta(description="How many of 32 bits of the coordinates are told, where an accuracy is not."),
    ] = ()
    ignition: Paths = ()
    fix: Paths = ()
    angle: Annotated[
        float, Meta(gt=0, le=1, description="Degrees that one unit of latitude and longitude is.")
    ] = 1.0
    speed_unit: Annotated[Literal["mps", "kmh", "knots", "mph"], Meta(description="The unit of speed.")] = (
        "mps"
    )


class Record(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How messages of one kind are read."""

    topic: Annotated[
        str,
        Meta(max_length=300, description="How their topic ends, with +: event/up. Empty: any topic."),
    ] = ""
    when: Annotated[
        dict[Path, Scalar],
        Meta(max_length=16, description='What must stand where, such as { type = "position" }.'),
    ] = field(default_factory=dict)
    refuse: Annotated[
        str, Meta(max_length=300, description="Refuse these messages, with this sentence as the reason.")
    ] = ""
    called: Annotated[Paths, Meta(description="Where the sender's id stands, for {id}.")] = ()
    id_form: Annotated[
        Literal["text", "hex8"],
        Meta(description="hex8: the id is a number, written as 8 hexadecimal digits."),
    ] = "text"
    time: Annotated[
        Paths,
        Meta(description="Where the time stands; where none does, or none was set, it is that of receipt."),
    ] = ()
    each: Annotated[str, Meta(max_length=200, description="Where a list of items stands.")] = ""
    position: Annotated[RecordPlace | None, Meta(description="Where the fields of a position stand.")] = None
    telemetry: Annotated[
        dict[Annotated[str, Meta(min_length=1, max_length=64)], Paths],
        Meta(max_length=64, description="Readings: our name = where it stands."),
    ] = field(default_factory=dict)
    readings: Annotated[
        tuple[Path, ...],
        Meta(max_length=8, description="Objects of which everything is a reading, by its own name."),
    ] = ()
    online: Annotated[bool | None, Meta(description="What such a message says of its sender.")] = None


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mapping that is shipped."""

    topics: tuple[str, ...]
    about: str
    records: Annotated[tuple[Record, ...], Meta(min_length=1)]


@cache
def shipped(name: str) -> _File:
    """A mapping of this release, by its name."""
    file = files("ingest.adapters").joinpath(_FOLDER, f"{name}.toml")
    return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _File)


def read_records(
    adapter: Adapter, records: Sequence[Record], topic: str, payload: bytes, *, received_at: float | None
) -> Translated:
    """What a message says by the first record that fits it; an empty list if none does.

    Raises:
        PayloadError: it is not JSON, or not what the record reads.
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
        raise PayloadError(f"json: {record.each} is no list of 1 to {MAX_BATCH} items")
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
        raise PayloadError("json: the id is no whole number")
    return f"{int(read) & 0xFFFF_FFFF:08x}"


def _fix(place: RecordPlace, item: Any, time: float) -> dict[str, Any] | None:
    """What makes a fix, or None where the message has no place."""
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
    """How far a place may be off of which only some bits are told; None where the receiver errs by more."""
    if not 0 < bits <= _COORDINATE_BITS:
        return None
    blur_m = 2.0 ** (_COORDINATE_BITS - bits) * 1e-7 * METRES_PER_DEGREE / 2
    return blur_m if blur_m >= _RECEIVER_M else None


def first(where: Sequence[Any], paths: Sequence[str]) -> Any:
    """What stands at the first of some paths at which something stands, in an item or else in the whole."""
    for part in where:
        for path in paths:
            value = at(part, path)
            if not is_absent(value):
                return value
    return None


def at(value: Any, path: str) -> Any:
    """What stands at a path; None if nothing does. The empty path is the whole."""
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
