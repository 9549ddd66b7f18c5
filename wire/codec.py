"""Decodes JSON to messages and encodes messages as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from wire.errors import PayloadError
from wire.messages import (
    EARLIEST_EPOCH_S,
    LATEST_EPOCH_S,
    MAX_BATCH,
    MAX_PAYLOAD_BYTES,
    Evidence,
    Frame,
    Incident,
    Message,
    Position,
    Receipt,
    Status,
    Telemetry,
)
from wire.topics import Stream

Positions = Position | Annotated[list[Position], Meta(min_length=1, max_length=MAX_BATCH)]
Telemetries = Telemetry | Annotated[list[Telemetry], Meta(min_length=1, max_length=MAX_BATCH)]

Payload = Message | list[Position] | list[Telemetry]
"""The result of decoding a payload."""

PAYLOAD_TYPES: Final[dict[Stream, Any]] = {
    Stream.POSITION: Positions,
    Stream.TELEMETRY: Telemetries,
    Stream.FRAME: Frame,
    Stream.INCIDENT: Incident,
    Stream.EVIDENCE: Evidence,
    Stream.STATUS: Status,
    Stream.RECEIPT: Receipt,
}
"""The payload type of each stream."""

_DECODERS: Final = {stream: msgspec.json.Decoder(kind) for stream, kind in PAYLOAD_TYPES.items()}
_encode = msgspec.json.Encoder().encode


def decode(stream: Stream, payload: bytes | bytearray | memoryview) -> Payload:
    """Decode and validate one payload.

    Args:
        stream: the topic's stream, which determines the type.
        payload: UTF-8 JSON.

    Raises:
        PayloadError: not JSON, not UTF-8, a missing field, a wrong type, or a value outside its limits.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise PayloadError(f"payload of {len(payload)} bytes is over the limit of {MAX_PAYLOAD_BYTES}")
    try:
        message: Payload = _DECODERS[stream].decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PayloadError(f"{stream}: {error}") from None
    if type(message) is Position:  # the usual case
        if type(message.time) is not float:
            check_text_times(stream, message)
    elif type(message) is not list or not all(type(part.time) is float for part in message):
        check_text_times(stream, message)
    return message


def encode(message: Payload) -> bytes:
    """Encode one message, or an array of fixes or telemetry, as JSON."""
    return _encode(message)


def check_text_times(stream: Stream, message: object) -> None:
    """Check RFC 3339 times against the limits that the type puts on epoch seconds.

    Raises:
        PayloadError: a time is outside them.
    """
    parts = message if isinstance(message, list) else (message, *getattr(message, "pictures", ()))
    for part in parts:
        for name in ("time", "observed_at", "began_at", "taken_at"):
            moment = getattr(part, name, None)
            if isinstance(moment, datetime) and not EARLIEST_EPOCH_S <= moment.timestamp() < LATEST_EPOCH_S:
                raise PayloadError(f"{stream}: {name} {moment.isoformat()} is outside the years 2000 to 2099")
