"""Splits bytes from the broker into MQTT packets. PUBLISH is parsed here; other packets stay bytes.

Speed matters: a message costs about a microsecond, because the parser works on offsets and creates one tuple
for each message. Malformed bytes never raise, except a length that makes it impossible to find the next
packet.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

import numpy as np

from ingest.errors import ProtocolBrokenError

Delivery: TypeAlias = tuple[bytes, bytes, int]
"""One received message: topic, payload, packet id (0 for QoS 0, which wants no acknowledgement)."""

PUBLISH: Final = 0x30
_QOS: Final = 0x06
_RETAIN: Final = 0x01
_MORE: Final = 0x80  # set if the length continues in the next byte
_HEAD_KEPT: Final = 65_536
_PUBACK = np.dtype([("kind", "u1"), ("length", "u1"), ("packet_id", ">u2")])


class Malformed(bytes):
    """Stands for the payload of a malformed PUBLISH; the whole packet."""

    __slots__ = ()


class Oversized(bytes):
    """The beginning of a payload that is too large; `size` is its whole length, bytes."""

    size: int


class Retained(bytes):
    """The payload of a retained message, sent when we subscribed (MQTT 5, 3.3.1.3)."""

    __slots__ = ()


class PacketReader:
    """Splits the broker's byte stream into packets; keeps an incomplete packet for the next call.

    Args:
        largest: maximum packet size, bytes; only the beginning of a larger message is kept.
    """

    def __init__(self, *, largest: int) -> None:
        self._largest = largest
        self._parts: list[bytes] = []
        self._have = 0
        self._need = 0  # length at which `_parts` may hold a whole packet
        self._skip = 0  # bytes of an oversized packet still to be discarded

    def feed(self, data: bytes) -> tuple[list[Delivery], list[bytes]]:  # noqa: C901, PLR0912, PLR0915 one hot loop
        """Take in received bytes.

        Returns:
            The messages, and the other packets as bytes, both in order.

        Raises:
            ProtocolBrokenError: a packet length is malformed or absurdly large.
        """
        if self._skip:
            data = self._drop(data)
        if self._parts:
            self._parts.append(data)
            self._have += len(data)
            if self._have < self._need:
                return [], []
            data = b"".join(self._parts)
            self._parts.clear()
        deliveries: list[Delivery] = []
        controls: list[bytes] = []
        deliver = deliveries.append
        start, end = 0, len(data)
        need = 2
        while start + 2 <= end:
            first, length, body = data[start], data[start + 1], start + 2
            if length & 0x80:
                if start + 3 <= end and data[body] < _MORE:  # two bytes: the usual case
                    length = length & 0x7F | data[body] << 7
                    body += 1
                else:
                    length, body = _long_length(data, start + 1)
                    if body == 0:
                        need = end - start + 1
                        break
            stop = body + length
            if stop > end:
                need = stop - start
                if need > self._largest:
                    if first & 0xF0 != PUBLISH:
                        raise ProtocolBrokenError(f"the broker announced a packet of {need} bytes")
                    if end - start < min(_HEAD_KEPT, need):
                        need = min(_HEAD_KEPT, need)
                        break
                    deliver(_oversized(data, start, body, stop))
                    self._skip = stop - end
                    start, need = end, 0
                break
            if first & 0xF0 == PUBLISH:
                topic = body + 2
                here = topic + (data[body] << 8 | data[body + 1]) if topic <= stop else stop + 1
                if first & _QOS:
                    packet_id = data[here] << 8 | data[here + 1] if here + 2 <= stop else 0
                    after = here + 2
                else:
                    packet_id, after = 0, here
                if after < stop and data[after] == 0 and not first & _RETAIN:  # no properties: the usual case
                    deliver((data[topic:here], data[after + 1 : stop], packet_id))
                else:
                    deliver(_with_properties(data, (start, topic, here, after, stop), packet_id))
            else:
                controls.append(data[start:stop])
            start = stop
        if start < end:
            self._parts.append(data[start:])
        self._have = end - start
        self._need = need
        return deliveries, controls

    def _drop(self, data: bytes) -> bytes:
        dropped = min(self._skip, len(data))
        self._skip -= dropped
        return data[dropped:]


def pubacks(packet_ids: Iterable[int]) -> bytes:
    """The PUBACK packets for messages of QoS 1, in order; 0 stands for QoS 0 and is left out."""
    wanted = np.fromiter(packet_ids, dtype=np.uint16)
    wanted = wanted[wanted != 0]
    packets = np.empty(len(wanted), dtype=_PUBACK)
    packets["kind"], packets["length"], packets["packet_id"] = 0x40, 2, wanted
    return packets.tobytes()


def _long_length(data: bytes, at: int) -> tuple[int, int]:
    """A variable byte integer: (value, index after it), or (0, 0) if bytes are missing."""
    value = 0
    for index in range(4):
        if at + index >= len(data):
            return 0, 0
        byte = data[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            return value, at + index + 1
    raise ProtocolBrokenError("the broker sent a packet length of more than four bytes")


def _with_properties(data: bytes, offsets: tuple[int, int, int, int, int], packet_id: int) -> Delivery:
    start, topic, here, after, stop = offsets
    if after < stop:
        try:
            length, begin = _long_length(data[:stop], after)
        except ProtocolBrokenError:
            begin = 0
        if begin and begin + length <= stop:
            payload = data[begin + length : stop]
            return data[topic:here], Retained(payload) if data[start] & _RETAIN else payload, packet_id
    return b"", Malformed(data[start:stop]), packet_id


def _oversized(data: bytes, start: int, body: int, stop: int) -> Delivery:
    """A message whose payload is cut to the bytes at hand."""
    reader = PacketReader(largest=_HEAD_KEPT + 16)
    length = len(data) - body
    head = bytes((data[start], length & 0x7F | 0x80, length >> 7 & 0x7F | 0x80, length >> 14))
    ((topic, payload, packet_id),), _ = reader.feed(head + data[body:])
    kept = Oversized(payload)
    kept.size = len(payload) + stop - len(data)
    return topic, kept, packet_id
