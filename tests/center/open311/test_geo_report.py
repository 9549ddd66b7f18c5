"""GeoReport v2 as other systems use it: with a client that others wrote, and the specification's examples."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
import pytest_asyncio
from georeport import GeoReport  # type: ignore[import-untyped]
from PIL import Image

from store.api_keys import issue_key, revoke_key
from store.connection import Pool
from tests.center.conftest import StartCenter
from tests.center.running import DISTRICT, Center, report, stall

pytestmark = pytest.mark.servers

PATH = "/open311/v2"
CELL = "POLYGON((118.5 24.8, 118.7 24.8, 118.7 25.0, 118.5 25.0, 118.5 24.8))"
STALL = {"service_code": "A-E0501", "lat": "24.9", "long": "118.6", "description": "占道经营 <b>每天</b>"}


def picture(colour: str = "red") -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", (640, 480), colour)
    exif = Image.Exif()
    exif[0x010F] = "a secret camera"
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


class Reporter:
    """Another system, with a key."""

    def __init__(self, center: Center, key: str) -> None:
        self.key = key
        self.center = center
        self.client = httpx.AsyncClient(base_url=center.url, trust_env=False, timeout=60)

    async def post(
        self, *files: tuple[str, bytes], form: str = "json", path: str = PATH, **changes: Any
    ) -> httpx.Response:
        headers = changes.pop("headers", {})
        data = {k: v for k, v in {"api_key": self.key, **STALL, **changes}.items() if v is not None}
        sent = [(name, ("x.jpg", content, "image/jpeg")) for name, content in files]
        return await self.client.post(
            f"{path}/requests.{form}", data=data, files=sent or None, headers=headers
        )

    async def get(self, path: str, **parameters: str) -> Any:
        headers = {"Accept-Language": "en"}
        answer = await self.client.get(f"{PATH}/{path}", params=parameters, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def number(self, *files: tuple[str, bytes], **changes: Any) -> str:
        answer = await self.post(*files, **changes)
        assert answer.status_code == 201, answer.text
        (entry,) = answer.json()
        found: str = entry["service_request_id"]
        return found


async def add_cell(pool: Pool) -> None:
    await pool.execute(
        "INSERT INTO grid_cell (code, district, area) VALUES ($1, $2, ST_GeomFromText($3, 4326))",
        f"{DISTRICT}00100101", DISTRICT, CELL,
    )  # fmt: skip


@pytest_asyncio.fixture
async def reporter(start_center: StartCenter, pool: Pool) -> Any:
    await add_cell(pool)
    async with pool.acquire() as connection:
        key = await issue_key(connection, name="city-app", contact="app@example.org", by="test")
    center = await start_center(
        public={"open311": True, "jurisdiction": "city.example", "contact": "311", "key_service": "ask"}
    )
    found = Reporter(center, key)
    yield found
    await found.client.aclose()


@pytest.mark.parametrize("form", ["json", "xml"])
async def test_a_client_that_others_wrote_reads_services_and_reports(reporter: Reporter, form: str) -> None:
    number = await reporter.number()
    await reporter.number(service_code="A-E0406", lat="24.95")
    root = reporter.center.url + PATH
    client = GeoReport(root, jurisdiction="city.example", output_format=form)
    services = {each["service_code"]: each for each in await asyncio.to_thread(client.get_service_list)}
    assert services["A-E0501"]["service_name"] == "无照经营游商"
    assert "A-E0502" not in services, "it is not among the public codes"
    assert services["A-C0101"]["metadata"] in {True, "true"}
    definition = await asyncio.to_thread(client.get_service_definition, "A-C0101")
    attributes = definition["attributes"]
    attribute = (attributes if form == "json" else attributes["attribute"])[0]
    values = attribute["values"] if form == "json" else attribute["values"]["value"]
    assert [each["key"] for each in values] == ["1", "2", "3", "4"]
    one = await asyncio.to_thread(client.get_service_request, number)
    assert (one["service_request_id"], one["status"]) == (number, "open")
    assert one["status_notes"] == "已收到,等待受理。"
    assert float(one["lat"]) == 24.9
    some = await asyncio.to_thread(client.get_service_requests, None, "A-E0501")
    listed = some if isinstance(some, list) else [some]
    assert [each["service_request_id"] for each in listed] == [number]


async def test_a_report_waits_for_an_acceptor_and_is_followed_to_its_end(
    reporter: Reporter, pool: Pool
) -> None:
    number = await reporter.number(first_name="明", last_name="陈", phone="138 0000", email="c@example.org")
    waiting = (await reporter.get(f"requests/{number}.json"))[0]
    assert (waiting["status"], waiting["expected_datetime"]) == ("open", None)
    async with reporter.center.browser() as browser:
        (case,) = (await browser.fetch("/cases", queue="acceptors"))["cases"]
        assert (case["source"], case["opened_at"], case["opener"]) == ("citizen", None, "open311/city-app")
        detail = await browser.fetch(f"/cases/{case['number']}")
        assert [(each["has_name"], each["has_email"]) for each in detail["callers"]] == [(True, True)]
        told = (await browser.fetch(f"/hotline/cases/{case['number']}/callers"))["callers"]
        assert [(each["name"], each["email"]) for each in told] == [("明 陈", "c@example.org")]
        assert (await browser.act(case["number"], "open", 1)).status_code == 200
        opened = (await reporter.get(f"requests/{number}.json"))[0]
        assert opened["status_notes"] == "Accepted; it will be given to a department."
        await browser.act(case["number"], "dispatch", 2, department="城管执法中队")
        at_work = (await reporter.get(f"requests/{number}.json"))[0]
        assert at_work["expected_datetime"] is not None
        assert at_work["agency_responsible"] == "City Enforcement"
        assert at_work["status_notes"] == "City Enforcement is working on it."
        done = await browser.act(case["number"], "cancel", 3, note="a private note of staff")
        assert done.status_code == 200, done.text
    ended = (await reporter.get(f"requests/{number}.json"))[0]
    assert (ended["status"], ended["status_notes"]) == ("closed", "Cancelled.")
    assert "private" not in json.dumps(ended)
    assert [each["service_request_id"] for each in await reporter.get("requests.json", status="closed")] == [
        number
    ]
    assert await reporter.get("requests.json", status="open") == []
    async with pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM report_caller") == 1


async def test_a_report_of_what_a_camera_sees_joins_its_case_and_proves_nothing(
    reporter: Reporter, pool: Pool
) -> None:
    change = await report(pool, stall(observed_at=datetime.now(UTC).timestamp() - 60))
    before = await pool.fetchrow("SELECT seen_at, restored_at FROM case_file")
    number = await reporter.number()
    assert (await reporter.get(f"requests/{number}.json"))[0]["status"] == "open"
    after = await pool.fetchrow("SELECT number, seen_at, restored_at, last_sequence FROM case_file")
    assert after is not None
    assert (after["number"], after["last_sequence"]) == (change.number, 2)
    assert before is not None
    assert after["seen_at"] == before["seen_at"], "anybody could send a case back otherwise"


async def test_what_is_private_stays_private_until_an_acceptor_releases_it(reporter: Reporter) -> None:
    files = [("media", picture("red")), ("media[]", picture("blue"))]
    number = await reporter.number(*files, phone="138 1234", address_string="my home")
    shown = (await reporter.get(f"requests/{number}.json"))[0]
    assert (shown["description"], shown["address"], shown["media_url"]) == (None, None, None)
    async with reporter.center.browser() as browser:
        case = (await browser.fetch("/cases"))["cases"][0]["number"]
        asked = await browser.fetch(f"/cases/{case}/publication")
        (request,) = asked["requests"]
        assert (request["service_request_id"], request["channel"]) == (number, "open311/city-app")
        red = request["files"][0]
        headers = {"X-CSRF-Token": browser.csrf}
        path = f"/api/v1/cases/{case}/publication"
        unknown = await browser.client.put(path, json={"files": ["0" * 64], "words_of": []}, headers=headers)
        assert (unknown.status_code, unknown.json()["code"]) == (422, "no_evidence")
        wanted = {"files": [red], "words_of": [number]}
        put = await browser.client.put(path, json=wanted, headers=headers)
        assert put.status_code == 200, put.text
        shown = (await reporter.get(f"requests/{number}.json"))[0]
        assert (shown["description"], shown["address"]) == ("占道经营 <b>每天</b>", "my home")
        assert "138 1234" not in json.dumps(shown)
        got = await reporter.client.get(shown["media_url"])
        assert (got.status_code, got.headers["content-type"]) == (200, "image/jpeg")
        image = Image.open(io.BytesIO(got.content))
        assert not dict(image.getexif())
        assert b"secret camera" not in got.content
        assert red not in shown["media_url"], "nobody finds originals by their digests"
        await browser.client.put(path, json={"files": [], "words_of": []}, headers=headers)
        assert (await reporter.client.get(shown["media_url"])).status_code == 404
        shown = (await reporter.get(f"requests/{number}.json"))[0]
        assert (shown["description"], shown["media_url"]) == (None, None)


@pytest.mark.parametrize(
    ("changes", "status", "says"),
    [
        ({"api_key": "sw_wrong"}, 403, "api_key"),
        ({"api_key": ""}, 403, "api_key was not provided"),
        ({"service_code": None}, 400, "service_code was not provided"),
        ({"service_code": "A-E0502"}, 404, "service_code"),
        ({"jurisdiction_id": "elsewhere.example"}, 404, "jurisdiction_id"),
        ({"lat": None}, 400, "lat and long"),
        ({"lat": None, "long": None, "address_string": "5th street"}, 400, "lat and long were not provided"),
        ({"lat": "nan"}, 400, "lat must be degrees"),
        ({"lat": "-40"}, 400, "outside this city"),
        ({"description": "x" * 4001}, 400, "description has 4000 characters"),
        ({"description": "\0"}, 400, "cannot be stored"),
        ({"email": "nobody"}, 400, "e-mail"),
        ({"phone": "javascript:1"}, 400, "phone"),
        ({"media_url": "file:///etc/passwd"}, 400, "media_url"),
        ({"attribute[CONDITION]": "no-such"}, 400, "CONDITION must be one of"),
        ({"attribute[OTHER]": "1"}, 400, "no attribute"),
    ],
)
async def test_a_wrong_report_is_refused_as_the_specification_says(
    reporter: Reporter, pool: Pool, changes: dict[str, Any], status: int, says: str
) -> None:
    answer = await reporter.post(**changes)
    assert answer.status_code == status, answer.text
    (error,) = answer.json()
    assert (error["code"], says in error["description"]) == (status, True), error
    answer = await reporter.post(form="xml", **changes)
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    root = ET.fromstring(answer.content)
    assert (root.tag, root.findtext("error/code")) == ("errors", str(status))
    assert await pool.fetchval("SELECT count(*) FROM service_request") == 0


async def test_the_example_of_the_specification_is_taken_in(reporter: Reporter) -> None:
    body = (
        f"api_key={reporter.key}&jurisdiction_id=city.example&service_code=A-E0401&lat=24.90524078"
        "&long=118.6212043&address_string=1234+5th+street&email=smit333%40sfgov.edu&device_id=tt222111"
        "&account_id=123456&first_name=john&last_name=smith&phone=111111111"
        "&description=A+large+sinkhole+is+destroying+the+street"
        "&media_url=http%3A%2F%2Ffarm3.static.flickr.com%2F2002%2F2212426634_5ed477a060.jpg"
    )
    answer = await reporter.client.post(
        f"{PATH}/requests.xml",
        content=body,
        headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
    )
    assert answer.status_code == 201, answer.text
    assert answer.content.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    root = ET.fromstring(answer.content)
    assert [each.tag for each in root[0]] == ["service_request_id", "service_notice", "account_id"]
    number = root.findtext("request/service_request_id")
    listed = await reporter.client.get(f"{PATH}/requests/{number}.xml")
    tags = {each.tag for each in ET.fromstring(listed.content)[0]}
    assert {
        "status",
        "status_notes",
        "service_name",
        "requested_datetime",
        "updated_datetime",
        "zipcode",
    } <= tags
    for form in ("xml", "json"):
        answer = await reporter.client.get(f"{PATH}/discovery.{form}")
        assert f"{reporter.center.url}{PATH}" in answer.text
    assert answer.json()["endpoints"][0]["formats"] == ["text/xml", "application/json"]


async def test_periods_pages_and_lists_of_numbers(reporter: Reporter, pool: Pool) -> None:
    numbers = [await reporter.number(lat=f"24.9{place}") for place in range(3)]
    old = datetime.now(UTC) - timedelta(days=100)
    await pool.execute(
        "UPDATE service_request SET received_at = $2 WHERE service_request_id = $1", numbers[0], old
    )

    async def listed(**parameters: str) -> list[str]:
        return [each["service_request_id"] for each in await reporter.get("requests.json", **parameters)]

    assert await listed() == numbers[:0:-1], "of the last 90 days, the newest first"
    assert await listed(service_request_id=",".join(numbers[:2])) == [numbers[1], numbers[0]]
    assert await listed(end_date=(old + timedelta(days=1)).isoformat()) == [numbers[0]]
    assert await listed(page_size="1", page="2") == [numbers[1]]
    assert await listed(service_code="A-E0401,A-E0402") == []
    for wrong in (
        {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-05-01T00:00:00Z"},
        {"start_date": "yesterday"},
        {"status": "half"},
        {"page_size": "1001"},
        {"page": "9" * 5000},
        {"service_request_id": "A," * 300},
    ):
        answer = await reporter.client.get(f"{PATH}/requests.json", params=wrong)
        assert answer.status_code == 400, (wrong, answer.text)
        assert answer.json()[0]["code"] == 400


async def test_a_repeated_request_makes_one_report(reporter: Reporter, pool: Pool) -> None:
    headers = {"Idempotency-Key": "k1"}
    answers = await asyncio.gather(*(reporter.post(headers=headers) for _ in range(3)))
    assert sorted(each.status_code for each in answers) == [200, 200, 201]
    assert len({each.json()[0]["service_request_id"] for each in answers}) == 1
    assert (await reporter.post(headers=headers, lat="24.95")).status_code == 409
    assert await pool.fetchval("SELECT count(*) FROM incident") == 1


async def test_a_key_has_limits_and_ends_and_is_in_no_log(
    reporter: Reporter, pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with pool.acquire() as connection:
        key = await issue_key(connection, name="small", contact="x", per_minute=2, per_day=3, by="test")
    answers = [await reporter.post(api_key=key, lat=f"24.9{place}") for place in range(3)]
    assert [each.status_code for each in answers] == [201, 201, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    in_address = await reporter.client.post(f"{PATH}/requests.json?api_key={key}", data=STALL)
    assert in_address.status_code == 400
    assert await pool.fetchval("SELECT count(*) FROM api_key WHERE key_hash = $1::bytea", key.encode()) == 0
    async with pool.acquire() as connection:
        await revoke_key(connection, "small", by="test")
    assert (await reporter.post(api_key=key)).status_code == 403
    wrong = [await reporter.post(api_key=f"sw_{number}") for number in range(12)]
    assert [each.status_code for each in wrong[-2:]] == [429, 429], "nobody tries keys"
    others = ("httpx", "httpcore", "uvicorn.access")  # the client's, and one that only pytest gives a handler
    lines = [each.getMessage() for each in caplog.records if not each.name.startswith(others)]
    assert any("POST /open311/v2/requests" in line for line in lines)
    assert [line for line in lines if key in line] == []
    assert (
        await reporter.center.metric(
            'streetwarden_center_public_reports_total{channel="open311",end="taken"}'
        )
        == 2
    )


async def test_files_are_read_only_for_who_has_a_key(reporter: Reporter) -> None:
    boundary = "b"
    head = b'--b\r\nContent-Disposition: form-data; name="media"; filename="x"\r\n\r\n'
    tail = (
        b'\r\n--b\r\nContent-Disposition: form-data; name="api_key"\r\n\r\n'
        + reporter.key.encode()
        + b"\r\n--b--\r\n"
    )
    answer = await reporter.client.post(
        f"{PATH}/requests.json",
        content=head + picture() + bytes(2_000_000) + tail,
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    assert (answer.status_code, "before any files" in answer.text) == (403, True)
    refused = await reporter.post(("media", b"<script>alert(1)</script>"))
    assert refused.status_code == 415
    assert refused.json()[0]["code"] == 415


async def test_nothing_is_served_unless_it_is_switched_on(center: Center) -> None:
    async with center.browser(None) as browser:
        for path in ("/open311/v2/services.json", "/public/v2/services.json", "/public/media/x.jpg"):
            answer = await browser.client.get(path)
            assert answer.status_code == 404, path
        answer = await browser.client.post("/open311/v2/requests.json", data=STALL)
        assert answer.status_code in {404, 405}
