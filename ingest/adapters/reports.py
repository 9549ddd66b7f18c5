"""The parts of one foreign report, whatever forms its values have: a fix, and readings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from ingest.adapters.adapter import Adapter, Translated, wire_message
from ingest.adapters.text_forms import number, truth
from wire.errors import PayloadError
from wire.messages import Position, Telemetry
from wire.partial import RefusedItem, as_json
from wire.topics import Stream

_TURN_DEG = 360


def items_of(items: Sequence[tuple[str, Any]], read: Callable[[str, Any], Translated]) -> Translated:
    """What several items of a message say; one that breaks a rule is refused alone.

    Args:
        items: each with its place in the message, such as `items[3]`.
        read: what reads one of them.

    Raises:
        PayloadError: none of them obeys the rules; the first one's.
    """
    found: Translated = []
    errors: list[PayloadError] = []
    for count, (name, item) in enumerate(items, 1):
        try:
            found += read(name, item)
        except PayloadError as error:
            errors.append(error)
            found.append(refused(name, item, error))
        if len(errors) == count and count == len(items):
            raise errors[0]
    return found


def refused(name: str, item: Any, error: PayloadError) -> tuple[None, RefusedItem]:
    """An item that breaks a rule, for the quarantine; bytes are shown there as hexadecimal text."""
    payload = item.hex().encode() if isinstance(item, bytes) else as_json(item)
    return None, RefusedItem(item=name, payload=payload, error=error)


def parts_of(
    adapter: Adapter,
    topic: str,
    *,
    time: float,
    fix: Mapping[str, Any] | PayloadError | None,
    readings: Mapping[str, Any],
    report: Any,
    device_id: str | None = None,
    item: str = "position",
) -> Translated:
    """A report's fix and readings; if the fix alone makes no sense, it is refused and the readings are kept.

    Args:
        adapter: whose settings say whom it is about.
        topic: the foreign one.
        time: of the readings, in epoch seconds.
        fix: what `position` is to make a fix of; why that cannot be told; None if the report has no place.
        readings: what telemetry can hold.
        report: the report as it came, for the quarantine.
        device_id: what the report calls its sender.
        item: the name of the fix in the quarantine.

    Raises:
        PayloadError: no id can be made of it, or the fix makes no sense and there are no readings.
    """
    found: Translated = []
    if fix is not None:
        where = adapter.sender_topic(topic, Stream.POSITION, device_id=device_id)
        try:
            if isinstance(fix, PayloadError):
                raise fix
            found.append((where, position(**fix, coord=adapter.datum)))
        except PayloadError as error:
            if not readings:
                raise
            found.append(refused(item, report, error))
    if readings:
        where = adapter.sender_topic(topic, Stream.TELEMETRY, device_id=device_id)
        found.append((where, wire_message(Telemetry, time=time, values=dict(readings))))
    return found


def position(
    *,
    time: float,
    lat: Any,
    lon: Any,
    degree: float = 1.0,
    speed: Any = None,
    speed_mps: float = 1.0,
    heading: Any = None,
    altitude: Any = None,
    accuracy: Any = None,
    ignition: Any = None,
    fix: Any = True,
    coord: Literal["wgs84", "gcj02", "bd09"] = "wgs84",
) -> Position:
    """Make a fix; an optional value that makes no sense is left out of it and named (`wire.partial`).

    A speed, heading or accuracy below zero is how many devices say that they do not know it.

    Args:
        time: epoch seconds.
        lat: degrees north, as it stands in the message, in units of `degree`.
        lon: degrees east, likewise.
        degree: how many degrees one unit of them is.
        speed: as it stands in the message, in units of `speed_mps`.
        speed_mps: how many metres per second one unit of it is.
        heading: degrees clockwise from north, 0 to 360.
        altitude: metres.
        accuracy: metres.
        ignition: a boolean in any form.
        fix: whether the receiver had a fix, a boolean in any form; it had one if nothing is told.
        coord: the datum.

    Raises:
        PayloadError: the place, or whether there was a fix, cannot be read or is outside its limits.
    """
    turned = not_negative(heading)
    return wire_message(
        Position,
        time=time,
        lat=_coordinate(lat, "latitude", degree, 90),
        lon=_coordinate(lon, "longitude", degree, 180),
        speed_mps=not_negative(speed, speed_mps),
        heading_deg=0.0 if turned == _TURN_DEG else turned,
        altitude_m=or_as_it_stands(altitude),
        accuracy_m=not_negative(accuracy),
        ignition=_boolean(ignition),
        fix=truth(fix, "whether there was a fix") is not False,
        coord=coord,
    )


def _coordinate(value: Any, name: str, degree: float, largest: int) -> float:
    read = number(value, name)
    if read is None:
        raise PayloadError(f"the report has no {name}")
    if abs(read * degree) > largest:
        raise PayloadError(f"{name} {read * degree:g} is beyond {largest} degrees; is its unit stated right?")
    return read * degree


def or_as_it_stands(value: Any, factor: float = 1.0) -> Any:
    """A number times a factor; what is none stays text, which the wire's limits leave out and name."""
    try:
        read = number(value, "value")
    except PayloadError:
        return str(value)
    return None if read is None else read * factor


def not_negative(value: Any, factor: float = 1.0) -> Any:
    """The same; None if it is below zero."""
    read = or_as_it_stands(value, factor)
    return None if isinstance(read, float) and read < 0 else read


def _boolean(value: Any) -> Any:
    try:
        return truth(value, "value")
    except PayloadError:
        return str(value)
