"""Every message is found once and nothing raises, whatever bytes arrive in whatever pieces."""

import contextlib

import mqtt5
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import ProtocolBrokenError
from ingest.packets import Delivery, Malformed, Oversized, PacketReader, pubacks

LARGEST = 1 << 20

topics = st.text(st.characters(exclude_characters="\0#+", exclude_categories=["Cs"]), min_size=1, max_size=80)
publishes = st.builds(
    lambda topic, payload, packet_id, named: (
        (topic.encode(), payload, packet_id or 0),
        mqtt5.PublishPacket(
            topic,
            payload,
            qos=mqtt5.QoS.AT_LEAST_ONCE if packet_id else mqtt5.QoS.AT_MOST_ONCE,
            packet_id=packet_id,
            user_properties=named,
        ).write(),
    ),
    topics,
    st.binary(max_size=300),
    st.none() | st.integers(1, 65_535),
    st.lists(st.tuples(st.text("ab", max_size=5), st.text("cd", max_size=90)), max_size=3),
)
controls = st.sampled_from([b"\xd0\x00", mqtt5.PubAckPacket(7).write(), mqtt5.ConnAckPacket().write()])


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]


def read(pieces: list[bytes], *, largest: int = LARGEST) -> tuple[list[Delivery], list[bytes]]:
    reader = PacketReader(largest=largest)
    deliveries, others = [], []
    for piece in pieces:
        more, control = reader.feed(piece)
        deliveries += more
        others += control
    return deliveries, others


@given(st.lists(publishes | controls, max_size=12), st.lists(st.integers(0, 60), max_size=40))
def test_every_message_is_found_once_however_the_bytes_are_cut(
    packets: list[tuple[Delivery, bytes] | bytes], sizes: list[int]
) -> None:
    stream = b"".join(packet if isinstance(packet, bytes) else packet[1] for packet in packets)
    deliveries, others = read(cut(stream, sizes))
    assert deliveries == [packet[0] for packet in packets if not isinstance(packet, bytes)]
    assert others == [packet for packet in packets if isinstance(packet, bytes)]


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_random_bytes_never_raise_anything_but_a_broken_protocol(pieces: list[bytes]) -> None:
    with contextlib.suppress(ProtocolBrokenError):
        read(pieces)


@given(publishes, st.integers(0), st.integers(1, 255))
def test_a_damaged_message_does_not_hide_the_next(
    packet: tuple[Delivery, bytes], place: int, change: int
) -> None:
    damaged = bytearray(packet[1])
    body = 2 if len(damaged) < 130 else 3
    if len(damaged) > body:
        damaged[body + place % (len(damaged) - body)] ^= change
    after = mqtt5.PublishPacket("next", b"1", qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=9).write()
    deliveries, _ = read([bytes(damaged) + after])
    assert len(deliveries) == 2
    assert deliveries[1] == (b"next", b"1", 9)


def test_a_topic_that_is_not_utf8_comes_through_as_bytes() -> None:
    packet = b"\x32\x08\x00\x02\xff\xfe\x00\x05\x00x"
    assert read([packet]) == ([(b"\xff\xfe", b"x", 5)], [])


@pytest.mark.parametrize(
    "packet",
    [
        b"\x30\x00",
        b"\x32\x01\x00",
        b"\x32\x04\x00\x09ab",
        b"\x32\x05\x00\x01a\x00\x05",
        b"\x30\x05\x00\x01a\x7fx",
    ],
    ids=["empty", "half a length", "topic too long", "no properties", "properties too long"],
)
def test_a_publish_that_makes_no_sense_inside_is_one_malformed_message(packet: bytes) -> None:
    ((topic, payload, _),), _ = read([packet])
    assert topic == b""
    assert isinstance(payload, Malformed)
    assert payload == packet


def test_a_malformed_message_keeps_the_packet_id_that_can_still_be_read() -> None:
    ((_, payload, packet_id),), _ = read([b"\x32\x06\x00\x01a\x00\x05\x7f"])
    assert isinstance(payload, Malformed)
    assert packet_id == 5


@pytest.mark.parametrize("piece", [1, 1000, 70_000, 100_000])
def test_of_an_oversized_message_only_the_beginning_is_kept(piece: int) -> None:
    body = bytes(range(256)) * 1200
    packet = mqtt5.PublishPacket("a/b", body, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=77).write()
    stream = packet + mqtt5.PublishPacket("next", b"1").write()
    pieces = [stream[start : start + piece] for start in range(0, len(stream), piece)]
    ((topic, payload, packet_id), following), _ = read(pieces, largest=100_000)
    assert (topic, packet_id) == (b"a/b", 77)
    assert isinstance(payload, Oversized)
    assert payload.size == len(body)
    assert body.startswith(payload)
    assert len(payload) < 200_000
    assert following == (b"next", b"1", 0)


def test_acknowledgements_keep_the_order_and_leave_out_what_wants_none() -> None:
    expected = b"".join(mqtt5.PubAckPacket(packet_id).write() for packet_id in (3, 65_535, 1))
    assert pubacks([3, 0, 65_535, 0, 1]) == expected
    assert pubacks([0]) == b""
