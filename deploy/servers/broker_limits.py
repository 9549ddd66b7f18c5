"""The limits file of the broker's plugin: streams, sizes, rates and memory for devices (ADR 0101)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wire.topics import Kind, Stream

PLUGIN: Final = "streetwarden_limits"
SOURCE: Final = Path(__file__).parents[1] / "broker" / f"{PLUGIN}.c"
COMPILE: Final = f"tcc -c {PLUGIN}.c; ld -shared -z noexecstack -o {PLUGIN}.so {PLUGIN}.o"
"""Compiles in 10 ms; ld links, because shared objects linked by tcc need an executable stack."""
MEMORY_BYTES: Final = 512 * 1024 * 1024
"""Bytes of the broker's heap; beyond it, devices are refused without an acknowledgement."""
SAVE_S: Final = 5
"""Seconds between two saves of the queues; more if a save takes longer than a tenth of that."""

_KIB: Final = 1024
_MIB: Final = 1024 * _KIB
_ABSENT_BYTES: Final = 16 * _MIB
_CONNECTS: Final = (50, 3000)  # a second and at once, from one address: many devices share one


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimit:
    """One stream.

    Attributes:
        largest: the largest payload, in bytes.
        retained: whether the broker may keep its newest message for later subscribers.
    """

    largest: int
    retained: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KindLimit:
    """One account of a kind.

    Attributes:
        messages_per_s: the sustained rate.
        burst: messages at once after a pause.
        bytes_per_s: the sustained rate in bytes.
        burst_bytes: bytes at once after a pause.
        streams: the streams that it may write.
    """

    messages_per_s: int
    burst: int
    bytes_per_s: int
    burst_bytes: int
    streams: tuple[Stream, ...]


STREAMS: Final[dict[Stream, StreamLimit]] = {
    Stream.POSITION: StreamLimit(largest=512 * _KIB),  # an array of 1000 fixes
    Stream.TELEMETRY: StreamLimit(largest=512 * _KIB),
    Stream.STATUS: StreamLimit(largest=64 * _KIB, retained=True),
    Stream.FRAME: StreamLimit(largest=3 * _MIB // 2),  # a picture of 1 MiB in base64
    Stream.INCIDENT: StreamLimit(largest=6 * _MIB),  # four of them
    Stream.EVIDENCE: StreamLimit(largest=12 * _MIB),
}
"""The size of the first one also applies to topics of foreign devices."""

_MOVING: Final = KindLimit(
    messages_per_s=100,
    burst=2000,
    bytes_per_s=128 * _KIB,
    burst_bytes=8 * _MIB,
    streams=(Stream.POSITION, Stream.TELEMETRY, Stream.STATUS),
)
KINDS: Final[dict[Kind, KindLimit]] = {
    Kind.VEHICLE: _MOVING,
    Kind.PERSON: _MOVING,
    Kind.DEVICE: _MOVING,
    Kind.CAMERA: KindLimit(
        messages_per_s=10,
        burst=200,
        bytes_per_s=4 * _MIB,
        burst_bytes=32 * _MIB,
        streams=(Stream.FRAME, Stream.STATUS),
    ),
    Kind.BOX: KindLimit(
        messages_per_s=100,
        burst=2000,
        bytes_per_s=16 * _MIB,
        burst_bytes=256 * _MIB,
        streams=(Stream.INCIDENT, Stream.EVIDENCE, Stream.FRAME, Stream.TELEMETRY, Stream.STATUS),
    ),
}


def limits_file(
    accounts: Iterable[tuple[str, str]],
    *,
    consumers: Iterable[str],
    token: str,
    memory_bytes: int = MEMORY_BYTES,
    save_s: int = SAVE_S,
) -> str:
    """The plugin's file.

    Args:
        accounts: user and district of every device.
        consumers: sessions whose queue is limited only by memory while they are away.
        token: allows `streetwarden broker sessions --remove` to remove a session.
        memory_bytes: the limit of the broker's heap.
        save_s: the minimum of seconds between two saves.
    """
    lines = ["# Written by Streetwarden; deploy/broker/streetwarden_limits.c reads it, again on SIGHUP."]
    for stream, limit in STREAMS.items():
        lines.append(f"stream {stream} {limit.largest}{' retained' if limit.retained else ''}")
    for kind, each in KINDS.items():
        rates = f"{each.messages_per_s} {each.burst} {each.bytes_per_s} {each.burst_bytes}"
        lines.append(f"kind {kind} {rates} {','.join(each.streams)}")
    lines += [
        f"memory {memory_bytes}",
        f"absent {_ABSENT_BYTES}",
        f"connects {_CONNECTS[0]} {_CONNECTS[1]}",
        f"save {save_s}",
        *([f"token {token}"] if token else []),
        *(f"consumer {session}" for session in consumers),
        *(f"account {user} {district}" for user, district in accounts),
    ]
    return "\n".join(lines) + "\n"
