"""The API's description is valid, is what the code says, and leaves nothing out."""

from __future__ import annotations

import json

import pytest
from openapi_spec_validator import validate

from center.app import create_api
from center.openapi import describe
from tests.center.contract import FILE
from tests.center.running import Browser, Center


def test_the_file_is_what_the_code_says() -> None:
    assert json.loads(FILE.read_text(encoding="utf-8")) == describe(create_api()), "run scripts/docs"


def test_the_description_is_valid() -> None:
    validate(json.loads(FILE.read_text(encoding="utf-8")))


def test_every_operation_has_a_name_a_summary_and_its_refusals() -> None:
    description = describe(create_api())
    operations = [operation for path in description["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names)) > 10
    for operation in operations:
        assert operation["summary"]
        assert operation["operationId"] == "live" or "401" in operation["responses"]


def test_every_operation_but_signing_on_needs_a_session() -> None:
    for path, operations in describe(create_api())["paths"].items():
        for method, operation in operations.items():
            open_to_all = (path, method) == ("/api/v1/session", "post")
            assert bool(operation.get("security")) is not open_to_all, f"{method} {path}"


@pytest.mark.servers
async def test_the_description_is_served(browser: Browser) -> None:
    answer = await browser.get("/openapi.json")
    assert answer.json() == json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.servers
async def test_the_description_is_not_for_strangers(center: Center) -> None:
    async with center.browser(None) as stranger:
        answer = await stranger.get("/openapi.json")
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_on")
