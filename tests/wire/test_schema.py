"""The JSON Schemas in the documents and the decoder agree on what a message is."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deploy.docs_topics import schema_of
from wire import PayloadError, Stream, decode
from wire.messages import EARLIEST_EPOCH_S, LATEST_EPOCH_S

Json = Any

anything: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def around(minimum: float, maximum: float) -> st.SearchStrategy[Json]:
    """Numbers within limits and just outside, whole and broken."""
    edges = [
        minimum,
        maximum,
        minimum - 1,
        maximum + 1,
        minimum - 1e-6,
        maximum + 1e-6,
        float(minimum),
        int(maximum),
    ]
    return st.sampled_from(edges) | st.floats(minimum, maximum) | st.integers(int(minimum), int(maximum))


def sized(longest: int) -> st.SearchStrategy[str]:
    """Texts of one character more than allowed, and shorter ones."""
    return st.text(max_size=8) | st.sampled_from(
        ["x" * longest, "x" * (longest + 1), "井" * longest, "😀" * longest]
    )


def codes(pattern: str) -> st.SearchStrategy[str]:
    """Texts of a form, and some that miss it."""
    return st.from_regex(pattern, fullmatch=True) | st.from_regex(pattern) | st.text(max_size=8)


epochs = around(EARLIEST_EPOCH_S, LATEST_EPOCH_S)
texts_of_time = st.sampled_from(
    ["2026-11-24T09:00:00Z", "2026-11-24T09:00:00.5+08:00", "2026-11-24T09:00:00", "yesterday", ""]
)
names = sized(64)
identities = codes(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}") | st.sampled_from(["a" * 64, "a" * 65, "a\n", "-a"])
whole = st.binary(min_size=1, max_size=6).map(lambda data: base64.b64encode(data).decode())
slugs = codes(r"[a-z][a-z0-9_]{0,47}")
readings = st.booleans() | around(-1e15, 1e15) | sized(256)
roles = st.sampled_from(["before", "finding", "restored", "after"])
pictures = st.fixed_dictionaries({"role": roles, "taken_at": epochs, "jpeg": whole})


def table(values: st.SearchStrategy[Json], maximum: int) -> st.SearchStrategy[dict[str, Json]]:
    """Named values: a few, exactly as many as allowed, or one more."""
    full = values.flatmap(
        lambda value: st.sampled_from([maximum, maximum + 1]).map(
            lambda n: {f"n{i}": value for i in range(n)}
        )
    )
    return st.dictionaries(names, values, max_size=3) | full


FIELDS: dict[Stream, dict[str, st.SearchStrategy[Json]]] = {
    Stream.POSITION: {
        "time": epochs,
        "lat": around(-90, 90),
        "lon": around(-180, 180),
        "speed_mps": around(0, 300),
        "heading_deg": around(0, 360),
        "altitude_m": around(-1000, 20_000),
        "accuracy_m": around(0, 1_000_000),
        "ignition": st.booleans(),
        "fix": st.booleans(),
        "coord": st.sampled_from(["wgs84", "gcj02", "bd09", "mars"]),
        "id": identities,
    },
    Stream.TELEMETRY: {"time": epochs, "values": table(readings, 64), "id": identities},
    Stream.FRAME: {"time": epochs, "jpeg": whole, "camera": identities},
    Stream.INCIDENT: {
        "incident_id": st.uuids().map(str),
        "revision": around(1, 100_000).filter(lambda number: isinstance(number, int) or number % 1),
        "phase": st.sampled_from(["begun", "changed", "ended", "lost"]),
        "type": slugs,
        "observed_at": epochs,
        "began_at": epochs,
        "lat": around(-90, 90),
        "lon": around(-180, 180),
        "camera": identities,
        "zone": names,
        "component": codes("[0-9]{16}"),
        "confidence": around(0, 1),
        "box_px": st.lists(around(-100_000, 100_000), min_size=3, max_size=5),
        "cues": table(around(-1e15, 1e15), 64),
        "pictures": st.lists(pictures, max_size=5),
    },
    Stream.EVIDENCE: {
        "incident_id": st.uuids().map(str),
        "digest": codes("[0-9a-f]{64}"),
        "role": roles,
        "taken_at": epochs,
        "media_type": st.sampled_from(["image/jpeg", "video/mp4", "text/html"]),
        "data": whole,
    },
    Stream.STATUS: {
        "online": st.booleans(),
        "time": epochs,
        "program": sized(500),
        "detail": table(sized(500), 256),
    },
    Stream.RECEIPT: {
        "incident_id": st.uuids().map(str),
        "outcome": st.sampled_from(["stored", "duplicate", "refused", "eaten"]),
        "revision": st.integers(-5, 100_000),
        "digest": codes("[0-9a-f]{64}"),
        "case_number": names,
        "reason": sized(500),
    },
}


@st.composite
def messages(draw: st.DrawFn, stream: Stream, *, wild: bool) -> Json:
    """A message that is nearly right: within its limits or at their edges, with fields missing or strange."""
    fields = FIELDS[stream]
    message = {
        name: draw(values)
        for name, values in fields.items()
        if name in _required(stream) or draw(st.booleans())
    }
    if wild and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(fields)))
        message[name] = draw(anything | texts_of_time)
    if draw(st.booleans()):
        message.pop(draw(st.sampled_from(sorted(fields))), None)
    if draw(st.booleans()):
        message["later"] = draw(anything)
    return message


def payloads(stream: Stream, *, wild: bool) -> st.SearchStrategy[Json]:
    one = messages(stream, wild=wild)
    return one | st.lists(one, max_size=3) if stream in {Stream.POSITION, Stream.TELEMETRY} else one


@cache
def _required(stream: Stream) -> frozenset[str]:
    schema = schema_of(stream)
    return frozenset(name for each in schema["$defs"].values() for name in each.get("required", ()))


@cache
def validator(stream: Stream) -> Any:
    return jsonschema.Draft202012Validator(schema_of(stream))


def decodes(stream: Stream, payload: Json) -> str | None:
    """Why the decoder refuses, or None."""
    try:
        decode(stream, json.dumps(payload, allow_nan=False).encode())
    except PayloadError as error:
        return str(error)
    return None


streams = st.sampled_from(Stream)


@given(streams.flatmap(lambda stream: st.tuples(st.just(stream), payloads(stream, wild=True) | anything)))
@example((Stream.POSITION, {"time": "2026-11-24T09:00:00Z", "lat": 1, "lon": 1}))
@example((Stream.RECEIPT, {"incident_id": "0" * 32, "outcome": "stored"}))
def test_the_schema_allows_what_the_decoder_accepts(case: tuple[Stream, Json]) -> None:
    stream, payload = case
    if decodes(stream, payload) is None:
        validator(stream).validate(payload)


@given(streams.flatmap(lambda stream: st.tuples(st.just(stream), payloads(stream, wild=False))))
@example((Stream.POSITION, []))
@example((Stream.POSITION, {"time": EARLIEST_EPOCH_S, "lat": 90, "lon": -180.0}))
def test_the_decoder_accepts_what_the_schema_allows(case: tuple[Stream, Json]) -> None:
    """As far as a schema can say it: times here are numbers, UUIDs and base64 well formed, 1.0 no integer."""
    stream, payload = case
    if validator(stream).is_valid(payload):
        assert decodes(stream, payload) is None


@pytest.mark.parametrize("stream", sorted({Stream.POSITION, Stream.TELEMETRY}))
@pytest.mark.parametrize(("count", "good"), [(0, False), (1, True), (1000, True), (1001, False)])
def test_both_count_the_entries_of_an_array_alike(stream: Stream, count: int, *, good: bool) -> None:
    one = {
        "time": 1_795_000_000,
        **({"lat": 1, "lon": 1} if stream is Stream.POSITION else {"values": {"a": 1}}),
    }
    assert (decodes(stream, [one] * count) is None) is good
    assert validator(stream).is_valid([one] * count) is good
