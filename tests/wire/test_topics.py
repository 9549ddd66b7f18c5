"""Topics are parsed and built in one place, and everything else is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire import Kind, Stream, Topic, TopicError
from wire.topics import DISTRICT_PATTERN, ID_PATTERN, subscription


@given(
    district=st.from_regex(DISTRICT_PATTERN, fullmatch=True).filter(str.isascii),
    kind=st.sampled_from(Kind),
    identity=st.from_regex(ID_PATTERN, fullmatch=True),
    stream=st.sampled_from(Stream),
)
def test_a_topic_survives_being_written_and_read(
    district: str, kind: Kind, identity: str, stream: Stream
) -> None:
    topic = Topic(district=district, kind=kind, id=identity, stream=stream)
    assert Topic.parse(str(topic)) == topic


@given(st.text(max_size=120) | st.from_regex(r"sw/1/.{1,60}"))
def test_any_other_text_is_refused(text: str) -> None:
    try:
        topic = Topic.parse(text)
    except TopicError:
        return
    assert str(topic) == text


@pytest.mark.parametrize(
    "text",
    [
        "sw/2/350582/vehicle/v1/position",  # another version of the contract
        "sw/1/35058/vehicle/v1/position",  # five digits
        "sw/1/٣٥٠٥٨٢/vehicle/v1/position",  # digits, but not ASCII ones
        "sw/1/350582/tram/v1/position",
        "sw/1/350582/vehicle/v1/weather",
        "sw/1/350582/vehicle/+/position",
        "sw/1/350582/vehicle/-v1/position",
        "sw/1/350582/vehicle/v1/position/",
        "sw/1/350582/vehicle/v1/position\n",
        "sw/1/350582/vehicle/" + "v" * 65 + "/position",
    ],
)
def test_near_misses_are_refused(text: str) -> None:
    with pytest.raises(TopicError):
        Topic.parse(text)


def test_an_id_that_would_change_the_topics_shape_cannot_be_built() -> None:
    with pytest.raises(TopicError, match="id"):
        Topic(district="350582", kind=Kind.VEHICLE, id="v1/position", stream=Stream.POSITION)


def test_the_user_name_is_what_the_brokers_acl_compares() -> None:
    topic = Topic.parse("sw/1/350582/box/box-1/incident")
    assert topic.user == "box/box-1"
    assert str(topic.to(Stream.RECEIPT)) == "sw/1/350582/box/box-1/receipt"


def test_a_subscription_leaves_open_what_it_does_not_name() -> None:
    assert subscription(Stream.POSITION) == "sw/1/+/+/+/position"
    assert subscription(Stream.RECEIPT, kind=Kind.BOX, identity="b1") == "sw/1/+/box/b1/receipt"
