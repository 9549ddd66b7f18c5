"""Numbers, flag words, booleans, ids and readings as gateways write them: read by a rule, or refused."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.adapters.text_forms import flag_word, identity, is_absent, number, read_json, readings, truth
from wire.errors import PayloadError
from wire.messages import Telemetry

ABSENT: list[Any] = [
    None,
    "",
    "  ",
    "null",
    "NULL",
    "None",
    "undefined",
    "N/A",
    "--",
    "NaN",
    "-Infinity",
    float("nan"),
]


@pytest.mark.parametrize("value", ABSENT)
def test_unknown_values_count_as_missing(value: Any) -> None:
    assert is_absent(value)
    assert number(value, "x") is None
    assert flag_word(value, "x") is None
    assert truth(value, "x") is None
    assert identity(value) is None
    assert readings({"x": value}) == {}


@pytest.mark.parametrize(
    ("value", "read"),
    [(12, 12.0), (-12.5, -12.5), ("12.5", 12.5), (" 12 ", 12.0), ("+1.25e1", 12.5), (".5", 0.5), ("5.", 5.0)],
)
def test_numbers_may_be_text(value: Any, read: float) -> None:
    assert number(value, "speed") == read


@pytest.mark.parametrize(
    "value",
    ["12,5", "1,234.5", "12.5 km/h", "41%", "0x10", "1_000", "\uff11\uff12", True, [1], {}, "1e999",
     "9" * 500, 10**400],
)  # fmt: skip
def test_a_number_that_could_mean_something_else_is_refused_by_name(value: Any) -> None:
    with pytest.raises(PayloadError, match="speed"):
        number(value, "speed")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (3, 3),
        (3.0, 3),
        ("3", 3),
        ("12", 12),
        ("0", 0),
        ("0x00000003", 3),
        ("0X3", 3),
        ("00000010", 16),  # padded to its width: hexadecimal
        ("8000000F", 0x8000000F),
        ("0" * 30 + "11", 3),  # bits
        (-1, 0xFFFFFFFF),  # Java's int has a sign
    ],
)
def test_flag_words_are_read_by_their_form(value: Any, read: int) -> None:
    assert flag_word(value, "status") == read


@pytest.mark.parametrize(
    "value", ["12345678", "0012", "3.5", 1 << 32, "0x1ffffffff", True, [3], "on", "1" * 9]
)
def test_a_flag_word_of_two_readings_or_none_is_refused(value: Any) -> None:
    with pytest.raises(PayloadError, match="status"):
        flag_word(value, "status")


def test_booleans_have_many_spellings() -> None:
    for value in (True, 1, 1.0, "1", "true", "TRUE", "On", "yes", "Y", " t "):
        assert truth(value, "ignition") is True
    for value in (False, 0, 0.0, "0", "false", "OFF", "no", "n", "F"):
        assert truth(value, "ignition") is False
    bad: list[Any] = ["maybe", 2, "A", [True], {}]
    for value in bad:
        with pytest.raises(PayloadError, match="ignition"):
            truth(value, "ignition")


def test_ids_keep_every_digit_or_are_refused() -> None:
    assert identity("013900000000") == "013900000000"
    assert identity(13900000000) == "13900000000"
    assert identity(13900000000, digits=12) == "013900000000"
    assert identity(13900000000.0, digits=12) == "013900000000"
    assert identity("13900000000", digits=12) == "013900000000"
    assert identity("car-7", digits=12) == "car-7"
    assert identity(12345678901234567890) == "12345678901234567890"
    for value in (1.2345678901234567e19, 1.5, True, [1]):
        with pytest.raises(PayloadError):
            identity(value)


def test_readings_keep_what_they_can_and_no_more_than_telemetry_holds() -> None:
    kept = readings(
        {
            "on": True,
            "volts": 12.5,
            "iccid": 89860012345678901234,
            "text": "x" * 300,
            "none": None,
            "list": [1, 2],
            "": 1,
            "signal": {"brake": 1, "lights": {"low": 0}},
            "n" * 65: 1,
        }
    )
    assert kept == {
        "on": True,
        "volts": 12.5,
        "iccid": "89860012345678901234",
        "text": "x" * 256,
        "list": "[1,2]",
        "signal.brake": 1,
        "signal.lights.low": 0,
        "left_out": f", {'n' * 64}",
    }
    many = readings({f"r{index}": index for index in range(100)})
    assert (len(many), many["left_out"][:13]) == (64, "r63, r64, r65")  # type: ignore[index]
    assert readings({"a": "12.5", "b": "true", "c": "0123", "d": "0", "e": "x"}, parse=True) == {
        "a": 12.5, "b": True, "c": "0123", "d": 0, "e": "x",
    }  # fmt: skip


def test_json_of_common_writers_is_read() -> None:
    assert read_json(b'\xef\xbb\xbf{"a": 1}', "x") == {"a": 1}
    assert read_json(b'{"a": 1}\0', "x") == {"a": 1}
    assert read_json(b'{"a": NaN, "b": -Infinity, "c": 1e999, "d": 2}', "x") == {
        "a": None, "b": None, "c": None, "d": 2,
    }  # fmt: skip
    for payload in (b" " * 2_000_000, b"", b"{", b"\xff", b'{"a": NaN', b'{"NaN": "\\ud800"}'):
        with pytest.raises(PayloadError, match="gateway"):
            read_json(payload, "gateway")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


@given(anything)
def test_anything_is_read_or_refused_and_readings_are_always_telemetry(value: Any) -> None:
    for read in (
        lambda: number(value, "x"),
        lambda: flag_word(value, "x"),
        lambda: truth(value, "x"),
        lambda: identity(value),
    ):
        with contextlib.suppress(PayloadError):
            read()
    for parse in (False, True):
        kept = readings({"x": value}, parse=parse)
        if kept:
            msgspec.convert({"time": 1.7e9, "values": kept}, Telemetry)
