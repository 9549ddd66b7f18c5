"""The parts of one foreign report, a fix and readings, whatever forms the values have."""

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
    """The messages from several items; an item that breaks a rule is refused alone.

    Args:
        items: each with its place in the message, such as `items[3]`.
        read: translates one item.

    Raises:
        PayloadError: all items break rules; the error of the first one.
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
    """An item that breaks a rule, for the quarantine; bytes become hexadecimal text."""
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
    """The fix and the readings of a report; if only the fix is wrong, the readings are kept.

    Args:
        adapter: makes the sender's topic.
        topic: the foreign topic.
        time: time of the readings, epoch seconds.
        fix: the arguments of `position`, or the error that prevents a fix; None if the report has no place.
        readings: values for telemetry.
        report: the report as it came, for the quarantine.
        device_id: the sender's id in the report.
        item: the name of the fix in the quarantine.

    Raises:
        PayloadError: the id is not valid, or the fix is wrong and there are no readings.
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
    """Make a fix. An optional value that is out of range is left out and named (`wire.partial`).

    Many devices send a speed, heading or accuracy below zero if they do not know it.

    Args:
        time: epoch seconds.
        lat: degrees north, as in the message, in units of `degree`.
        lon: degrees east, likewise.
        degree: the unit of `lat` and `lon`, in degrees.
        speed: as in the message, in units of `speed_mps`.
        speed_mps: the unit of `speed`, in metres per second.
        heading: degrees clockwise from north, 0 to 360.
        altitude: metres.
        accuracy: metres.
        ignition: a boolean in any form.
        fix: whether the receiver had a fix, a boolean in any form; if absent, it had one.
        coord: the datum.

    Raises:
        PayloadError: the place or `fix` cannot be read, or is out of range.
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
        raise PayloadError(
            f"{name} {read * degree:g} is beyond {largest} degrees; check the unit in the adapter's settings"
        )
    return read * degree


def or_as_it_stands(value: Any, factor: float = 1.0) -> Any:
    """A number times a factor. Other text stays as it is; `wire.partial` leaves it out and names it."""
    try:
        read = number(value, "value")
    except PayloadError:
        return str(value)
    return None if read is None else read * factor


def not_negative(value: Any, factor: float = 1.0) -> Any:
    """As `or_as_it_stands`; None if the number is below zero."""
    read = or_as_it_stands(value, factor)
    return None if isinstance(read, float) and read < 0 else read


def _boolean(value: Any) -> Any:
    try:
        return truth(value, "value")
    except PayloadError:
        return str(value)
