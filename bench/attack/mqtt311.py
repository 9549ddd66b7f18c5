"""The packets of MQTT 3.1.1 that an attack needs; most trackers speak it, and it cannot refuse a message."""

from __future__ import annotations

from typing import Final

_CLEAN_SESSION, _PASSWORD, _USER = 0x02, 0x40, 0x80
_CONNACK_BYTES: Final = 4


def connect(*, client_id: str, user: str | None, password: str | None) -> bytes:
    """CONNECT with a clean session."""
    flags = _CLEAN_SESSION | (_USER if user is not None else 0) | (_PASSWORD if password is not None else 0)
    fields = [text for text in (client_id, user, password) if text is not None]
    return _packet(0x10, _text("MQTT") + bytes((4, flags, 0, 60)) + b"".join(map(_text, fields)))


def publish(topic: str, payload: bytes, *, packet_id: int, retain: bool) -> bytes:
    """PUBLISH of QoS 1."""
    return _packet(0x32 | retain, _text(topic) + packet_id.to_bytes(2, "big") + payload)


def welcome(received: bytearray) -> int | None:
    """The return code of a CONNACK, which is taken off; None while it is not whole."""
    if len(received) < _CONNACK_BYTES:
        return None
    code = received[3]
    del received[:_CONNACK_BYTES]
    return code


def _text(text: str) -> bytes:
    return len(text.encode()).to_bytes(2, "big") + text.encode()


def _packet(first: int, body: bytes) -> bytes:
    length, remaining = bytearray(), len(body)
    while True:
        remaining, digit = divmod(remaining, 128)
        length.append(digit | (0x80 if remaining else 0))
        if not remaining:
            return bytes((first, *length)) + body
