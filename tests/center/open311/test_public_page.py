"""The public page: what a visitor without an account can do, and what a hostile one cannot."""

from __future__ import annotations

import json
import secrets
from typing import Any

import httpx
import pytest
import pytest_asyncio

from store.connection import Pool
from tests.center.conftest import StartCenter
from tests.center.open311.test_geo_report import Reporter, add_cell, picture

pytestmark = pytest.mark.servers

PATH = "/public/v2"


@pytest_asyncio.fixture
async def visitor(start_center: StartCenter, pool: Pool) -> Any:
    await add_cell(pool)
    center = await start_center(public={"page": True, "reports_per_address": 4, "reports_per_hour": 200})
    (page := center.folder / "console" / "citizens").mkdir(parents=True)
    (page / "index.html").write_text("<!doctype html><title>page</title>")
    found = Reporter(center, "")
    yield found
    await found.client.aclose()


async def followed(visitor: Reporter, number: str, token: str | None = None) -> dict[str, Any]:
    headers = {"Accept-Language": "en", **({"X-Follow-Token": token} if token else {})}
    answer = await visitor.client.get(f"{PATH}/requests/{number}.json", headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()[0]
    return found


async def test_the_page_has_a_policy_of_its_own_and_sets_no_cookie(visitor: Reporter) -> None:
    page = await visitor.client.get("/public/")
    assert (page.status_code, "set-cookie" in page.headers) == (200, False)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy, "nothing is loaded from elsewhere"
    assert "geolocation=(self)" in page.headers["permissions-policy"]
    assert (await visitor.client.get("/public")).status_code == 308
    assert (await visitor.client.get("/citizens/index.html")).status_code == 404
    assert (await visitor.client.get("/public/layers/streets")).json()["type"] == "FeatureCollection"
    for name in ("components", "cameras", "grid"):
        assert (await visitor.client.get(f"/public/layers/{name}")).status_code == 404


async def test_only_the_token_shows_a_reports_own_words(visitor: Reporter) -> None:
    token = secrets.token_urlsafe(24)
    answer = await visitor.post(("media", picture()), path=PATH, api_key=None, follow_token=token)
    assert answer.status_code == 201, answer.text
    (entry,) = answer.json()
    assert token not in json.dumps(entry)
    number = entry["service_request_id"]
    assert (await followed(visitor, number))["description"] is None
    assert (await followed(visitor, number, secrets.token_urlsafe(24)))["description"] is None
    assert (await followed(visitor, number, token))["description"] == "占道经营 <b>每天</b>"
    by_token = await visitor.client.get(f"{PATH}/tokens/{token}.json")
    assert by_token.json() == [{"service_request_id": number, "token": token}]
    for guess in ("0" * 10, number[:-1] + "I", "x" * 3000, "%00", "' OR 1=1"):
        assert (await visitor.client.get(f"{PATH}/requests/{guess}.json")).status_code in {404, 400}
    again = await visitor.post(path=PATH, api_key=None, follow_token=token, lat="24.95")
    assert again.status_code == 409, "no two reports have one token"
    assert (await visitor.post(path=PATH, api_key=None, follow_token="short")).status_code == 400


async def test_a_flood_ends_at_the_limit_of_an_address(visitor: Reporter, pool: Pool) -> None:
    answers = [await visitor.post(path=PATH, api_key=None, lat=f"24.9{place}") for place in range(6)]
    assert [each.status_code for each in answers] == [201] * 4 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) > 60
    assert await pool.fetchval("SELECT count(*) FROM service_request") == 4
    metric = 'streetwarden_center_public_reports_total{channel="public",end="limited"}'
    assert await visitor.center.metric(metric) == 2


@pytest.mark.parametrize(
    ("files", "headers", "status"),
    [
        ([("media", b"<html>")], {}, 415),
        ([("media", b"\x00\x00\x00\x18ftypisom" + bytes(100))], {}, 400),
        ([("media", picture())] * 6, {}, 400),
        ([], {"Origin": "https://elsewhere.example"}, 403),
    ],
    ids=["not a picture", "a film", "too many", "from a page of another site"],
)
async def test_what_the_page_would_not_send_is_refused(
    visitor: Reporter, pool: Pool, files: list[tuple[str, bytes]], headers: dict[str, str], status: int
) -> None:
    answer = await visitor.post(*files, path=PATH, api_key=None, headers=headers)
    assert answer.status_code == status, answer.text
    assert await pool.fetchval("SELECT count(*) FROM service_request") == 0


async def test_too_many_requests_of_one_address_wait(start_center: StartCenter, pool: Pool) -> None:
    center = await start_center(public={"page": True, "open311": True, "requests_per_minute": 5})
    async with httpx.AsyncClient(base_url=center.url, trust_env=False) as client:
        paths = ["/public/v2/services.json", "/public/layers/streets", "/open311/v2/services.xml"] * 3
        statuses = [(await client.get(path)).status_code for path in paths]
        assert statuses == [200] * 5 + [429] * 4
        limited = await client.get("/open311/v2/services.json")
        assert (limited.status_code, limited.json()[0]["code"]) == (429, 429)
