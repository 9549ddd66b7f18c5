"""Numbers, flag words, booleans and ids in the forms that devices and gateways send.

A value is read by a rule or refused with a sentence; nothing is guessed. Times are in `text_times`.

- Absent: null, an empty text, `null`, `none`, `nil`, `undefined`, `n/a`, `-`, `--`, and a number that is not
  finite (`NaN`, `Infinity`).
- A number is a JSON number, or the same digits as text. A decimal comma, a unit (`12.5 V`) and digit groups
  (`1,234`) are refused.
- A flag word (alarm and status bits) is a JSON integer, `0x…`, or text: binary if it has 32 digits,
  hexadecimal if it has its full width and begins with a zero or has a letter, decimal if it is shorter.
  Digits that could be either are refused.
- A boolean is true or false, 1 or 0, or one of on, off, yes, no, y, n, t, f in any case, also as text.
- An id is text, or a whole JSON number: below 2⁵³, or of any length if it has no decimal point.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from wire.errors import PayloadError
from wire.partial import LEFT_OUT

DECIMAL: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
"""A number as C, Java, .NET, PHP, Go and JSON print it in the invariant locale."""

LARGEST_JSON_BYTES: Final = 1024 * 1024
"""Most characters of foreign JSON; no tracker sends more, and reading 1 MiB takes a tenth of a second."""
LONGEST_READING_NAME: Final = 64
LONGEST_READING_TEXT: Final = 256
MAX_READINGS: Final = 64
LARGEST_READING: Final = 1e15

_ABSENT: Final = frozenset(
    {"", "null", "none", "nil", "undefined", "n/a", "-", "--", "nan", "inf", "+inf", "-inf",
     "infinity", "+infinity", "-infinity"}
)  # fmt: skip
_LONGEST_ABSENT: Final = 16
_LONGEST_NUMBER: Final = 100
_TRUE: Final = frozenset({"1", "1.0", "true", "on", "yes", "y", "t"})
_FALSE: Final = frozenset({"0", "0.0", "false", "off", "no", "n", "f"})
_EXACT: Final = 2**53
"""From this number on, a float cannot hold every whole number."""
_BITS: Final = 32
_HEXADECIMAL: Final = re.compile(r"0x[0-9a-f]{1,16}", re.ASCII)
_WHOLE: Final = re.compile(r"0|[1-9][0-9]*", re.ASCII)


def read_json(payload: bytes, what: str) -> Any:
    """Decode foreign JSON of at most 1 MiB.

    Common faults of writers are accepted: a byte order mark (.NET), NUL bytes at the end (C), and `NaN`,
    `Infinity` and numbers beyond a double, which become null.

    Raises:
        PayloadError: the payload is not JSON, not UTF-8, or larger.
    """
    if len(payload) > LARGEST_JSON_BYTES:
        raise PayloadError(
            f"{what}: a payload of {len(payload)} bytes is over the limit of {LARGEST_JSON_BYTES}"
        )
    payload = payload.removeprefix(b"\xef\xbb\xbf").rstrip(b"\0")
    try:
        return msgspec.json.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        if b"NaN" in payload or b"Infinity" in payload or "out of range" in str(error):
            try:
                return msgspec.json.decode(msgspec.json.encode(json.loads(payload)))
            except (ValueError, OverflowError, RecursionError):
                pass
        raise PayloadError(f"{what}: {error}") from None


def is_absent(value: Any) -> bool:
    """Whether a value means that there is none."""
    if value is None:
        return True
    kind = type(value)
    if kind is str:
        return len(value) <= _LONGEST_ABSENT and value.strip().lower() in _ABSENT
    return kind is float and not math.isfinite(value)


def number(value: Any, name: str) -> float | None:
    """A finite number; None if the value is absent.

    Raises:
        PayloadError: it is not a number by the rules above.
    """
    if is_absent(value):
        return None
    if type(value) is float:
        return value
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            raise PayloadError(f"{name} is not a finite number") from None
    if isinstance(value, str):
        text = value[:_LONGEST_NUMBER].strip()
        if len(value) < _LONGEST_NUMBER and DECIMAL.fullmatch(text) and math.isfinite(float(text)):
            return float(text)
        if "," in text:
            raise PayloadError(f"{name} is {_shown(text)}: write a decimal point, and no digit groups")
    raise PayloadError(f"{name} is {_shown(value)}, which is not a number")


def flag_word(value: Any, name: str, *, digits: int = 8) -> int | None:
    """Alarm or status bits as a whole number; None if the value is absent.

    Args:
        value: as in the message.
        name: the field, for the error.
        digits: width of the word in hexadecimal digits; text of this width is hexadecimal.

    Raises:
        PayloadError: it is not a whole number by the rules above, or has more bits than the word.
    """
    if is_absent(value):
        return None
    word = _word(value, digits)
    if word is None:
        raise PayloadError(f"{name} is {_shown(value)}, which is not a flag word; send a JSON integer or 0x…")
    if not 0 <= word < 1 << (4 * digits):
        raise PayloadError(f"{name} is {_shown(value)}, which has more than {4 * digits} bits")
    return word


def _word(value: Any, digits: int) -> int | None:
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        bits = 4 * digits
        return value + (1 << bits) if -(1 << (bits - 1)) <= value < 0 else value  # Java prints a signed int
    if not isinstance(value, str):
        return None
    text = value[:_LONGEST_NUMBER].strip().lower()
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    if len(text) == _BITS and set(text) <= {"0", "1"}:
        return int(text, 2)
    if len(text) == digits and re.fullmatch(r"[0-9a-f]+", text) and (text[0] == "0" or not text.isdecimal()):
        return int(text, 16)
    return int(text) if len(text) < digits and _WHOLE.fullmatch(text) else None


def truth(value: Any, name: str) -> bool | None:
    """A boolean; None if the value is absent.

    Raises:
        PayloadError: it is neither true nor false by the rules above.
    """
    if isinstance(value, bool):
        return value
    if is_absent(value):
        return None
    word = str(value).strip().lower() if isinstance(value, int | float | str) else ""
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise PayloadError(f"{name} is {_shown(value)}, which is neither true nor false")


def identity(value: Any, *, digits: int = 0) -> str | None:
    """An id as text; None if the value is absent.

    Args:
        value: as in the message.
        digits: shorter ids get leading zeros up to this width, because a JSON number has none; 0 adds none.

    Raises:
        PayloadError: it is neither text nor a whole number with all its digits.
    """
    if is_absent(value):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise PayloadError(f"{_shown(value)} is not an id")
    if isinstance(value, float):
        if not value.is_integer() or abs(value) >= _EXACT:
            raise PayloadError(f"the id {value!r} has lost digits as a number; send it as text")
        value = int(value)
    text = str(value).strip()
    return text.rjust(digits, "0") if text.isdecimal() else text


def readings(values: Mapping[str, Any], *, parse: bool = False) -> dict[str, bool | float | str]:
    """The values that telemetry can hold, at most 64 (wire.messages.Telemetry).

    An object becomes one reading for each of its fields, with a dot between the names; a list becomes its
    JSON text. Text is cut to its limit, and a whole number beyond 1e15 becomes text. Absent values are left
    out. Values without a valid name, and those beyond 64, are left out too; the reading `left_out` names
    them.

    Args:
        values: by name.
        parse: whether text that is a number, `true` or `false` is converted, as a query string needs, where
            everything is text. Digits with a leading zero stay text, because they are an id.
    """
    kept: dict[str, bool | float | str] = {}
    left_out: list[str] = []
    for name, value in _flat(values):
        if is_absent(value):
            continue
        if 1 <= len(name) <= LONGEST_READING_NAME and len(kept) < MAX_READINGS - 1:
            kept[name] = _reading(value, parse=parse)
        elif len(left_out) < MAX_READINGS:
            left_out.append(name[:LONGEST_READING_NAME])
        else:
            break
    if left_out:
        kept[LEFT_OUT] = ", ".join(left_out)[:LONGEST_READING_TEXT]
    return kept


def _flat(values: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict) and depth < 4:  # noqa: PLR2004 deeper than any device nests
            yield from _flat(value, f"{prefix}{name}.", depth + 1)
        else:
            yield f"{prefix}{name}", value


def _reading(value: Any, *, parse: bool) -> bool | float | str:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value if abs(value) <= LARGEST_READING else str(value)[:LONGEST_READING_TEXT]
    if not isinstance(value, str):
        return msgspec.json.encode(value).decode()[:LONGEST_READING_TEXT]
    text = value.strip()
    if parse and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if parse and len(text) < _LONGEST_NUMBER and DECIMAL.fullmatch(text) and not re.match(r"[+-]?0\d", text):
        made = float(text)
        if abs(made) <= LARGEST_READING:
            return made
    return value[:LONGEST_READING_TEXT]


def _shown(value: Any) -> str:
    return repr(value if isinstance(value, str) else str(value)[:60])[:62]
