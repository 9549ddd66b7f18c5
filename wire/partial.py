"""Keeps the valid items of a payload that breaks a limit, without optional fields that are out of range.

This is slow, and called only after `wire.codec.decode` has refused the whole payload.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, get_type_hints

import msgspec

from wire.codec import check_text_times
from wire.errors import PayloadError
from wire.messages import (
    MAX_BATCH,
    MAX_DETAILS,
    MAX_READINGS,
    MAX_TEXT_READING,
    Name,
    Position,
    Status,
    Telemetry,
    TelemetryValue,
    Text,
)
from wire.topics import Stream

LEFT_OUT: Final = "left_out"
"""The reading, or status detail, that names the values left out of a message."""

LARGEST_BYTES: Final = 1024 * 1024
"""Largest payload that is read item by item, bytes; a larger one is refused whole."""

_OPTIONAL: Final = ("speed_mps", "heading_deg", "altitude_m", "accuracy_m", "ignition")
"""Fields that can be left out of a fix. Without a valid `fix`, `coord` or `id` the place itself is
unusable."""
_HINTS: Final = get_type_hints(Position, include_extras=True)
_ACCURACY: Final = "accuracy_m"
_LARGEST_ACCURACY_M: Final = 1_000_000.0

KindT = TypeVar("KindT")


class PartialPosition(Position, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """A fix without those of its optional fields that were out of range.

    Attributes:
        left_out: the names of those fields.
    """

    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedItem:
    """One item of a message that breaks a rule, while other items may be valid.

    Attributes:
        item: its place in the message, such as `[3]` or `items[3]`.
        payload: the item as it came.
        error: the rule that it breaks.
    """

    item: str
    payload: bytes
    error: ValueError


@dataclass(slots=True, kw_only=True)
class Kept:
    """The result of reading a payload item by item.

    Attributes:
        is_array: whether the payload is an array; if not, it has one item.
        items: items that can be stored, each with its place in the array, such as `[3]`.
        refused: the items that cannot.
    """

    is_array: bool
    items: list[tuple[str, Position | Telemetry | Status]] = field(default_factory=list)
    refused: list[RefusedItem] = field(default_factory=list)


def keep(stream: Stream, payload: bytes) -> Kept:
    """Read a payload item by item, leaving out optional fields that are out of range.

    NaN and Infinity, which are not JSON but which some libraries write, are out of range.

    Args:
        stream: `position`, `telemetry` or `status`; other streams cannot be kept in part.
        payload: as received.

    Raises:
        PayloadError: the payload as a whole cannot be read.
    """
    read = _READERS.get(stream)
    if read is None or len(payload) > LARGEST_BYTES:
        raise PayloadError(f"{stream}: cannot be kept in part")
    try:
        whole = json.loads(payload, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise PayloadError(f"{stream}: {error}") from None
    is_array = isinstance(whole, list) and stream is not Stream.STATUS
    kept = Kept(is_array=is_array)
    items = whole if is_array else [whole]
    if not 1 <= len(items) <= MAX_BATCH:
        raise PayloadError(f"{stream}: an array has 1 to {MAX_BATCH} items, this one has {len(items)}")
    for index, item in enumerate(items):
        try:
            _check_text(stream, item)
            message = read(item if isinstance(item, dict) else {})
            check_text_times(stream, message)
            kept.items.append((f"[{index}]", message))
        except PayloadError as error:
            kept.refused.append(RefusedItem(item=f"[{index}]", payload=as_json(item), error=error))
    return kept


def position(values: Mapping[str, Any]) -> Position:
    """A fix from its fields by name; a `PartialPosition` if an optional one is out of range.

    An accuracy above the limit becomes the limit, because a fix without an accuracy would count as good.

    Raises:
        PayloadError: a required field is missing or out of range.
    """
    try:
        return msgspec.convert(values, Position)
    except (msgspec.ValidationError, OverflowError) as error:
        kept, left_out = dict(values), []
        for name in _OPTIONAL:
            if name in kept and not _fits(kept[name], _HINTS[name]):
                left_out.append(name)
                value = kept.pop(name)
                if name == _ACCURACY and isinstance(value, int | float) and value > _LARGEST_ACCURACY_M:
                    kept[name] = _LARGEST_ACCURACY_M
        if not left_out:
            raise PayloadError(f"position: {error}") from None
    return _convert({**kept, LEFT_OUT: left_out}, PartialPosition, "position")


def telemetry(values: Mapping[str, Any]) -> Telemetry:
    """Telemetry from its fields by name; the reading `left_out` names readings that are out of range.

    Raises:
        PayloadError: a required field is missing or out of range, or no reading is left.
    """
    try:
        return msgspec.convert(values, Telemetry)
    except (msgspec.ValidationError, OverflowError) as error:
        readings = values.get("values")
        if not isinstance(readings, Mapping):
            raise PayloadError(f"telemetry: {error}") from None
        kept, left_out = _fitting(readings, TelemetryValue, maximum=MAX_READINGS)
        if not left_out or not kept:
            raise PayloadError(f"telemetry: {error}") from None
    kept[LEFT_OUT] = ", ".join(left_out)[:MAX_TEXT_READING]
    return _convert({**values, "values": kept}, Telemetry, "telemetry")


def status(values: Mapping[str, Any]) -> Status:
    """A status from its fields by name; the detail `left_out` names details that are out of range.

    Raises:
        PayloadError: a required field is missing or out of range.
    """
    try:
        return msgspec.convert(values, Status)
    except (msgspec.ValidationError, OverflowError) as error:
        kept, left_out = dict(values), []
        if not _fits(kept.get("program"), Text | None):
            del kept["program"]
            left_out.append("program")
        details = kept.get("detail", {})
        if not isinstance(details, Mapping):
            details = {}
            left_out.append("detail")
        fitting, bad = _fitting(details, Text, maximum=MAX_DETAILS)
        left_out += bad
        if not left_out:
            raise PayloadError(f"status: {error}") from None
    fitting[LEFT_OUT] = ", ".join(left_out)[:MAX_TEXT_READING]
    return _convert({**kept, "detail": fitting}, Status, "status")


_READERS: Final[dict[Stream, Callable[[Mapping[str, Any]], Position | Telemetry | Status]]] = {
    Stream.POSITION: position,
    Stream.TELEMETRY: telemetry,
    Stream.STATUS: status,
}
KEPT_IN_PART: Final = frozenset(_READERS)
"""Streams whose messages can be kept in part."""


def _fitting(values: Mapping[str, Any], kind: Any, *, maximum: int) -> tuple[dict[str, Any], list[str]]:
    """The values that a map of this kind can hold, with room for one more; and the names of the others."""
    kept: dict[str, Any] = {}
    left_out: list[str] = []
    for name, value in values.items():
        if len(kept) < maximum - 1 and _fits(name, Name) and _fits(value, kind):
            kept[name] = value
        else:
            left_out.append(str(name)[:64])
    return kept, left_out


def _fits(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except (msgspec.ValidationError, OverflowError):
        return False
    return True


def _convert(values: Mapping[str, Any], kind: type[KindT], name: str) -> KindT:
    try:
        return msgspec.convert(values, kind)
    except (msgspec.ValidationError, OverflowError) as error:
        raise PayloadError(f"{name}: {error}") from None


def _no_number(name: str) -> list[str]:
    """Replace NaN and Infinity by a value that no field accepts."""
    return [name]


def _check_text(stream: Stream, item: Any) -> None:
    """Refuse a lone surrogate: `json` reads it, but UTF-8 cannot encode it."""
    try:
        json.dumps(item, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError) as error:
        raise PayloadError(f"{stream}: {error}") from None


def as_json(item: Any) -> bytes:
    """An item as JSON text; empty if it cannot be encoded."""
    try:
        return json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    except (ValueError, RecursionError):
        return b""
