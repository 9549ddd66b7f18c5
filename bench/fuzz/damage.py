"""Damages messages: their content, their bytes, their packets, and the order of arrival."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from bench.fuzz.seeds import Seed

_VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**63), 10**30, 0.0, -0.0, 1e-320, 1e308, -1e308,
    90.0000001, 4_102_444_800, 946_684_799, 1_795_086_401, "", "\0", "a\0b", "😀" * 40, "x" * 300, "\n", "..",
    "a/b", "+", "#", "2026-11-24T09:00:00Z", "2100-01-01T00:00:00+14:00", "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59", "NaN", "1e5", "٣", [], {}, [[]], [None], [[[[[[]]]]]], {"": ""},
    {"a": {"b": {"c": []}}}, "AAAA", "====", "/9g=", "00000000-0000-0000-0000-000000000000", "0" * 32,
)  # fmt: skip
_LITERALS: Final = (
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"1e999",
    b"-1e999",
    b"0x1",
    b"01",
    b"\\ud800",
    b"\xff",
    b"\xc0\x80",
)
_BYTES: Final = (
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"{",
    b"}",
    b"[",
    b'"',
    b",",
    b":",
    b"\\",
    b"\xf4\x90\x80\x80",
)
_MAX_BYTES: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Damaged:
    """Bytes as a broker could send them.

    Attributes:
        stream: the bytes.
        publishes: the number of PUBLISH packets in it; None if the framing itself was damaged.
    """

    stream: bytes
    publishes: int | None


def message(random: Random, seeds: Sequence[Seed]) -> tuple[bytes, bytes]:
    """A topic and a payload, near those of a real message."""
    topic, said = random.choice(seeds)
    name = topic.encode()
    if random.random() < 0.7:
        said = _value(random, said)
    payload = json.dumps(said, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")
    if random.random() < 0.3:
        payload = _bytes(random, payload)
    if random.random() < 0.2:
        name = _bytes(random, name)
    elif random.random() < 0.1:
        levels = topic.split("/")
        levels[random.randrange(len(levels))] = str(
            random.choice(("", "+", "x" * 70, "\0", "350582", "vehicle"))
        )
        name = "/".join(levels).encode()
    return name[:_MAX_BYTES], payload[:_MAX_BYTES]


def packets(random: Random, messages: Sequence[tuple[bytes, bytes]]) -> Damaged:
    """The PUBLISH packets of some messages, other packets among them, now and then damaged themselves."""
    parts, publishes = [], 0
    for topic, payload in messages:
        parts.append(_publish(random, topic, payload))
        publishes += 1
        if random.random() < 0.1:
            parts.append(
                random.choice(
                    (
                        b"\xd0\x00",
                        b"\x40\x02\x00\x07",
                        b"\x20\x03\x00\x00\x00",
                        b"\xe0\x00",
                        b"\x90\x04\x00\x01\x00\x01",
                    )
                )
            )
    stream = b"".join(parts)
    if random.random() < 0.15:
        return Damaged(stream=_bytes(random, stream), publishes=None)
    return Damaged(stream=stream, publishes=publishes)


def pieces(random: Random, stream: bytes) -> list[bytes]:
    """A stream in pieces of any size, as a socket may deliver it."""
    if random.random() < 0.5:
        return [stream]
    cuts = sorted(random.randrange(len(stream) + 1) for _ in range(random.randrange(1, 12)))
    return [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]


def _publish(random: Random, topic: bytes, payload: bytes) -> bytes:
    """A packet with a correct length and any content."""
    qos = random.choice((0, 2, 2, 2))
    body = len(topic).to_bytes(2, "big") + topic
    if qos:
        body += random.randrange(1, 65_536).to_bytes(2, "big")
    body += random.choice((b"\0", b"\0", b"\0", b"\x05\x26\x00\x01a\x00", b"\x03\x23\x00\x01")) + payload
    if random.random() < 0.1:
        body = _bytes(random, body)
    return bytes((0x30 | qos | random.choice((0, 0, 0, 1, 8)),)) + _length(len(body)) + body


def _length(size: int) -> bytes:
    found = bytearray()
    while True:
        size, low = divmod(size, 128)
        found.append(low | (0x80 if size else 0))
        if not size:
            return bytes(found)


def _value(random: Random, said: Any) -> Any:
    """The same, with one thing in it changed, added or left out."""
    if isinstance(said, dict) and said and random.random() < 0.9:
        name = random.choice(list(said))
        changed = dict(said)
        act = random.random()
        if act < 0.15:
            del changed[name]
        elif act < 0.25:
            changed[random.choice(("id", "camera", "later", "", "\0", "time", "values", name + "x"))] = said[
                name
            ]
        else:
            changed[name] = _value(random, said[name])
        return changed
    if isinstance(said, list) and said and random.random() < 0.8:
        if random.random() < 0.2:
            return said * random.choice((0, 2, 50))
        place = random.randrange(len(said))
        return [*said[:place], _value(random, said[place]), *said[place + 1 :]]
    if isinstance(said, float) and random.random() < 0.3:
        return said + random.choice((-1e9, -400 * 86_400, -3600, -1, 1e-6, 1, 60, 90_000, 1e9, 1e12))
    return random.choice(_VALUES)


def _bytes(random: Random, data: bytes) -> bytes:
    """The same bytes, one to three times damaged."""
    for _ in range(random.choice((1, 1, 2, 3))):
        place = random.randrange(len(data) + 1)
        act = random.randrange(7)
        if act == 0 and data:
            place %= len(data)
            data = data[:place] + bytes((data[place] ^ 1 << random.randrange(8),)) + data[place + 1 :]
        elif act == 1:
            data = data[:place] + random.choice(_BYTES) + data[place:]
        elif act == 2:
            data = data[:place] + random.choice(_LITERALS) + data[place + random.randrange(8) :]
        elif act == 3:
            data = data[:place] + data[place + random.randrange(1, 9) :]
        elif act == 4:
            data = data[:place]
        elif act == 5:
            data = data[:place] + random.randbytes(random.randrange(1, 12)) + data[place:]
        else:
            end = min(len(data), place + random.randrange(1, 40))
            data = data[:end] + data[place:end] * random.randrange(1, 4) + data[end:]
    return data
