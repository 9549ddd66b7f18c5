"""Values that nobody means: refused with 422 on every route, and never a defect."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from center.app import create_api
from center.openapi import LIVE_PATH, describe
from center.web.parameters import in_calendar, moment, storable
from store.connection import Pool
from tests.center.running import Browser, move, report, stall

ENDS = (
    "0001-01-01T00:00+14:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999-14:00",
    "1969-12-31T23:59:59Z",
)
NO_TIMES = (
    "",
    "now",
    "2026-11-18",
    "2026-11-18T00:00:00",
    "2026-13-01T00:00:00Z",
    "2026-11-18T00:00:60Z",
    "nan",
    "1795000000",
    "2026-11-18T00:00:00 08:00",
    "2026-W47-3T00:00:00Z",
    "٢٠٢٦-11-18T00:00:00Z",
    "2026-11-18T00:00:00+99:99",
)
NUMBERS = ("nan", "-inf", "1e308", "1e-320", "-1e-320", "1e999", "9" * 5000, "")
INTEGERS = ("-1", str(2**31), str(2**64), "1.5", "nan", "9" * 5000, "")
TEXTS = ("\0", "x" * 5000, "vehicle/" + "x" * 300, b"\xed\xa0\x80", "vehicle/\0", "/")
GOOD = {
    "begin": "2026-11-18T00:00:00Z", "end": "2026-11-19T00:00:00Z", "entity": "vehicle/v1", "lat": "24.9",
    "lon": "118.6", "kind": "vehicle", "identity": "v1", "number": "SW202611240001", "camera": "cam-01",
    "layer": "streets", "digest": "0" * 64, "name": "full", "position": "1",
    "document_id": "00000000-0000-0000-0000-000000000000",
}  # fmt: skip


@pytest.mark.parametrize("text", [*ENDS, *NO_TIMES])
def test_a_time_that_is_none_or_lies_outside_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="give a time"):
        moment(text)


@pytest.mark.parametrize(
    "text",
    ["2026-11-18T08:00:00+08:00", "2026-11-18T00:00:00.000Z", "2026-11-18 00:00Z", "2026-11-18t00:00:00z"],
)
def test_a_time_is_kept_as_utc(text: str) -> None:
    found = moment(text)
    assert (found, found.tzinfo) == (datetime(2026, 11, 18, tzinfo=UTC), UTC)


def test_the_ends_of_the_calendar_are_refused_as_datetimes_too() -> None:
    for end in (datetime.max, datetime.min):  # noqa: DTZ901 they get their zone here
        with pytest.raises(ValueError, match="give a time"):
            in_calendar(end.replace(tzinfo=UTC))


@pytest.mark.parametrize("text", ["\0", "a\ud800"])
def test_a_text_that_cannot_be_stored_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be stored"):
        storable(text)


def attempts() -> Iterator[tuple[str, str, dict[str, Any], str, Any]]:
    """Every parameter of every reading route, with every value for its kind."""
    for path, operations in describe(create_api())["paths"].items():
        if "get" not in operations or path == LIVE_PATH:
            continue
        parameters = [each for each in operations["get"].get("parameters", []) if each["in"] != "cookie"]
        good = {each["name"]: GOOD[each["name"]] for each in parameters if each["required"]}
        for parameter in parameters:
            text = json.dumps(parameter["schema"])
            values = (
                (*ENDS, *NO_TIMES[:4]) if "date-time" in text
                else INTEGERS if '"integer"' in text
                else NUMBERS if '"number"' in text
                else TEXTS
            )  # fmt: skip
            for value in values:
                yield path, parameter["in"], good, parameter["name"], value


@pytest.mark.servers
async def test_no_value_of_any_parameter_is_a_defect_and_a_wrong_time_is_422(
    browser: Browser, pool: Pool
) -> None:
    await report(pool, stall())
    async with pool.acquire() as connection:
        await move(connection, "vehicle/v1")
    tried = 0
    for path, place, good, name, value in attempts():
        if place == "header":
            continue
        given = {**good, name: value}
        inside = {part for part in given if f"{{{part}}}" in path}
        filled = path
        for part in inside:
            raw = given[part]
            filled = filled.replace(f"{{{part}}}", _escaped(raw))
        query = "&".join(f"{part}={_escaped(raw)}" for part, raw in given.items() if part not in inside)
        answer = await browser.client.get(f"{filled}?{query}")
        said = f"{filled[:200]}?{query[:200]}: {answer.status_code} {answer.text[:200]}"
        assert answer.status_code < 500, said
        if name in {"begin", "end"}:
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), said
        tried += 1
    assert tried > 200


@pytest.mark.servers
async def test_a_cursor_with_a_time_outside_the_calendar_is_refused_by_every_list(
    browser: Browser, pool: Pool
) -> None:
    async with pool.acquire() as connection:
        await move(connection, "vehicle/v1")
    period = "begin=2026-11-18T00:00:00Z&end=2026-11-19T00:00:00Z"
    lists: dict[str, list[Any]] = {
        "/cases?": [],
        "/incidents?": ["00000000-0000-0000-0000-000000000000"],
        f"/history/positions?entity=vehicle/v1&{period}&": [1],
        f"/history/vehicle/v1/telemetry?{period}&": [],
        f"/history/events?{period}&": [1, "rule", "area", "begun"],
    }
    for path, rest in lists.items():
        for time in ENDS:
            moment = time.replace("T00:00+", "T00:00:00+")
            key = ["-opened", moment, "SW1"] if path == "/cases?" else [moment, *rest]
            cursor = base64.urlsafe_b64encode(json.dumps(key).encode()).decode()
            answer = await browser.get(f"{path}cursor={cursor.rstrip('=')}")
            assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor"), (
                path,
                time,
                answer.text,
            )


@pytest.mark.servers
async def test_numbers_and_texts_in_a_body_that_no_case_can_have_are_refused(
    browser: Browser, pool: Pool
) -> None:
    change = await report(pool, stall())
    base = {"action": "cancel", "expected_sequence": 1, "note": "x"}
    wrong: list[dict[str, Any]] = [
        {"expected_sequence": 2**31}, {"expected_sequence": 10**30}, {"expected_sequence": 1e308},
        {"expected_sequence": 1e-320}, {"note": "\0"}, {"department": "\0"},
    ]  # fmt: skip
    bodies = [json.dumps({**base, **each}) for each in wrong]
    bodies += [
        '{"action": "cancel", "expected_sequence": 1, "note": "\\ud800"}',
        '{"action": "cancel", "expected_sequence": NaN, "note": "x"}',
        '{"action": "cancel", "expected_sequence": 1e999, "note": "x"}',
        '{"action": "cancel", "expected_sequence": ' + "9" * 4000 + ', "note": "x"}',
    ]
    for body in bodies:
        answer = await browser.client.post(
            f"/api/v1/cases/{change.number}/actions",
            content=body.encode(),
            headers={"X-CSRF-Token": browser.csrf, "Content-Type": "application/json"},
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), (
            body[:100],
            answer.text[:200],
        )
    for body in ("[" * 30_000, '{"expected_sequence": ' + "9" * 5000 + "}"):
        answer = await browser.client.post(
            f"/api/v1/cases/{change.number}/actions",
            content=body.encode(),
            headers={"X-CSRF-Token": browser.csrf, "Content-Type": "application/json"},
        )
        assert answer.status_code in {400, 422}, answer.text[:200]


def _escaped(value: str | bytes) -> str:
    data = value if isinstance(value, bytes) else value.encode()
    return "".join(f"%{byte:02X}" for byte in data) or ""
