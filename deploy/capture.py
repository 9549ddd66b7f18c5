"""Reads captured MQTT messages, one on each line.

JSON objects with `topic` and `payload`, as `mosquitto_sub -F %j` or `%J` prints them; or a topic, a blank and
the payload, as `mosquitto_sub -v` or `-F '%t %p'` prints them (`%x` for hexadecimal).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec

from program.errors import ProgramError

Form = Literal["text", "hex", "base64"]

_TIMES: Final = ("received_at", "tst", "time")
_PAYLOADS: Final = ("payload", "payload_hex", "payload_base64")


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """One message.

    Attributes:
        line: its line number in the file, from 1.
        topic: its topic.
        payload: its bytes.
        retained: whether the broker had kept it.
        received_at: epoch seconds; None if the capture has no time.
    """

    line: int
    topic: str
    payload: bytes
    retained: bool = False
    received_at: float | None = None


def read(lines: Iterable[str], *, form: Form) -> Iterator[Captured]:
    """The messages of a capture; blank lines and lines that begin with # are skipped.

    Args:
        lines: the file.
        form: the encoding of payloads that are text in the file.

    Raises:
        ProgramError: a line is not a message; the text names the line and the fault.
    """
    for number, text in enumerate(lines, 1):
        line = text.rstrip("\r\n")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            yield _object(number, line, form) if line.lstrip().startswith("{") else _pair(number, line, form)
        except ValueError as error:
            raise ProgramError(
                f"line {number} is no captured message: {error}; a line is a JSON object with topic and "
                "payload (mosquitto_sub -F %j), or a topic, a blank and the payload (mosquitto_sub -v)"
            ) from None


def _object(number: int, line: str, form: Form) -> Captured:
    try:
        record: Any = msgspec.json.decode(line.encode())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON ({error})") from None
    topic = record.get("topic")
    if not isinstance(topic, str) or not topic:
        raise ValueError("it has no topic")
    given = [name for name in _PAYLOADS if name in record]
    if len(given) != 1:
        raise ValueError("it has no payload" if not given else f"it has {' and '.join(given)}")
    value = record[given[0]]
    if given[0] == "payload_hex":
        payload = _bytes(str(value), "hex")
    elif given[0] == "payload_base64":
        payload = _bytes(str(value), "base64")
    elif isinstance(value, str):
        payload = _bytes(value, form)
    else:
        payload = b"" if value is None else msgspec.json.encode(value)
    return Captured(
        line=number,
        topic=topic,
        payload=payload,
        retained=bool(record.get("retain") or record.get("retained")),
        received_at=next((_moment(record[name]) for name in _TIMES if name in record), None),
    )


def _pair(number: int, line: str, form: Form) -> Captured:
    """A topic may have blanks, such as a camera's name of a rule: JSON begins at its first bracket."""
    cut = min((at for at in (line.find(" {"), line.find(" [")) if at >= 0), default=line.find(" "))
    topic, payload = (line, "") if cut < 0 else (line[:cut], line[cut + 1 :])
    return Captured(line=number, topic=topic, payload=_bytes(payload, form))


def _bytes(text: str, form: Form) -> bytes:
    try:
        if form == "hex":
            return bytes.fromhex(text)
        if form == "base64":
            return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise ValueError(f"{text[:40]!r} is no {'hexadecimal' if form == 'hex' else 'base64'}") from None
    return text.encode()


def _moment(value: Any) -> float:
    if isinstance(value, int | float):
        return float(value)
    text = re.sub(r"Z(?=[+-])", "", str(value))  # mosquitto_sub prints 2026-11-30T08:00:00.123456Z+0100
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
