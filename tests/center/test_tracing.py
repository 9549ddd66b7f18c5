"""A request's id comes back with its answer and stands in the log, in a form that does no harm there."""

from __future__ import annotations

import logging
import re

import pytest

from center.web.tracing import HEADER, accepted
from program.logs import request_id
from tests import plain_http
from tests.center.running import Browser, Center

OWN = re.compile(r"[0-9a-f]{16}")


@pytest.mark.parametrize("given", ["4f1c2d3e", "trace.from-a_proxy-01", "a" * 64])
def test_an_id_of_a_safe_form_is_taken_over(given: str) -> None:
    assert accepted(given) == given


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "short",
        "a" * 65,
        "with space",
        "line\nbreak",
        "\x1b[2Jclear",
        "<script>",
        "井盖" * 8,
    ],
)
def test_any_other_is_replaced(given: str | None) -> None:
    assert OWN.fullmatch(accepted(given))


async def test_the_id_is_in_the_answer_and_in_the_access_log(
    browser: Browser, center: Center, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="center.access"):
        async with plain_http.async_client(base_url=center.url) as client:
            named = await client.get("/api/v1/status", headers={HEADER: "from-a-proxy-1"})
            unnamed = await client.get("/api/v1/cases/SW0", headers={HEADER: "no good"})
    assert named.headers[HEADER] == "from-a-proxy-1"
    assert OWN.fullmatch(unnamed.headers[HEADER])
    lines = [record.getMessage() for record in caplog.records if record.name == "center.access"]
    assert re.fullmatch(r"GET /status 401 \d+ ms from 127\.0\.0\.1", lines[0])
    assert re.fullmatch(r"GET /cases/\{number\} 401 \d+ ms from 127\.0\.0\.1", lines[1]), "no case is named"


async def test_the_answer_to_a_defect_has_one_too_and_its_trace_is_found_by_it(
    center: Center, browser: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []

    class Noting(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            if record.exc_info or record.exc_text:  # the log itself may have replaced the first
                seen.append(request_id.get())
            return True

    monkeypatch.setattr("center.map.cameras.Cameras.all", lambda *_: 1 / 0)
    caplog.handler.addFilter(Noting())
    async with plain_http.async_client(base_url=center.url) as client:
        await client.post("/api/v1/session", json={"login": "li", "password": "correct horse"})
        answer = await client.get("/api/v1/cameras", headers={HEADER: "defect-id-1"})
    assert answer.status_code == 500
    assert answer.headers[HEADER] == "defect-id-1"
    assert seen == ["defect-id-1"]
