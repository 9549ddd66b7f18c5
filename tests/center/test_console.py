"""The console's files: served as built, with the headers that keep them safe; without any database."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from center.web.console import PLACES
from tests.center.running import Center

PAGE = "<!doctype html><title>控制台</title>"
SCRIPT = "console.log('x');\n" * 200


@pytest_asyncio.fixture
async def center(tmp_path: Path) -> AsyncIterator[Center]:
    """A center whose database is not there."""
    center = Center(database_url="postgresql://nobody@127.0.0.1:1/none", folder=tmp_path)
    async with center.running():
        yield center


@pytest.fixture
def console(tmp_path: Path) -> Path:
    """A build, in the folder where the center looks."""
    folder = tmp_path / "console"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    (folder / "assets" / "main-4f2a.js").write_text(SCRIPT, encoding="utf-8")
    (folder / "icon.svg").write_text("<svg/>", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("hush hush", encoding="utf-8")
    return folder


async def test_every_place_in_the_console_is_its_one_page(console: Path, center: Center) -> None:
    async with center.browser(None) as browser:
        for path in ("/", "/index.html", "/cases", "/cases/SW202611240001", "/map?at=1"):
            answer = await browser.client.get(path)
            assert (answer.status_code, answer.text) == (200, PAGE), path
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert policy["worker-src"] == "'self' blob:"
        assert policy["frame-ancestors"] == "'none'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"


async def test_files_whose_name_changes_with_them_are_kept_for_ever(console: Path, center: Center) -> None:
    async with center.browser(None) as browser:
        answer = await browser.client.get("/assets/main-4f2a.js")
        assert (answer.status_code, answer.text) == (200, SCRIPT)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["content-type"].startswith("text/javascript")
        plain = await browser.client.get("/assets/main-4f2a.js", headers={"Accept-Encoding": "identity"})
        assert plain.text == SCRIPT
        assert "content-encoding" not in plain.headers
        head = await browser.client.head("/assets/main-4f2a.js")
        assert (head.status_code, head.content) == (200, b"")


async def test_a_new_build_is_served_at_once_and_an_old_page_is_not_sent_twice(
    console: Path, center: Center
) -> None:
    async with center.browser(None) as browser:
        first = await browser.client.get("/")
        same = await browser.client.get("/", headers={"If-None-Match": first.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
        (console / "index.html").write_text("new", encoding="utf-8")
        newer = await browser.client.get("/", headers={"If-None-Match": first.headers["etag"]})
        assert (newer.status_code, newer.text) == (200, "new")


async def test_a_file_that_is_not_there_is_not_the_page(console: Path, center: Center) -> None:
    async with center.browser(None) as browser:
        for path in ("/assets/gone-1.js", "/robots.txt"):
            assert (await browser.client.get(path)).status_code == 404, path


async def test_a_place_that_the_console_does_not_have_is_not_found(console: Path, center: Center) -> None:
    async with center.browser(None) as browser:
        for path in ("/admin", "/wp-login", "/map2", "/.git", "/.env", "/api%2Fv1"):
            answer = await browser.client.get(path)
            assert (answer.status_code, PAGE in answer.text) == (404, False), path
        assert "There is no such page" in (await browser.client.get("/admin")).text
        for path in ("/api/v2", "/api/v1/", "/api"):
            answer = await browser.client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "http"), path


def test_the_center_knows_the_places_that_the_console_has() -> None:
    routes = Path(__file__).parents[2] / "center" / "console" / "src" / "routes.ts"
    source = routes.read_text(encoding="utf-8")
    below_people = set(re.findall(r'page === "people" && parts === 1 && first === "(\w+)"', source))
    assert below_people == {"rights", "audit"}
    assert set(re.findall(r'page: "(\w+)"', source)) - below_people == PLACES


async def test_nothing_outside_the_build_is_served(console: Path, center: Center) -> None:
    (console / "link.txt").symlink_to(console.parent / "secret.txt")
    paths = ("/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "/link.txt")
    async with center.browser(None) as browser:
        for path in (*paths, "//etc/passwd", "/a%00b"):
            answer = await browser.client.get(path)
            assert "hush" not in answer.text, path
            assert "root:" not in answer.text, path


async def test_what_the_api_does_not_have_is_a_problem_and_no_page(console: Path, center: Center) -> None:
    async with center.browser(None) as browser:
        for path in ("/api/v1/nothing", "/api", "/api/v2/cases"):
            answer = await browser.client.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert (await browser.client.post("/cases")).status_code == 405
        assert (await browser.client.put("/api/v1/cases")).status_code == 405
        for path, allowed in (
            ("/session", "DELETE, GET, POST"),
            ("/session/password", "PUT"),
            ("/cases", "GET, POST"),
        ):
            answer = await browser.client.request("PATCH", f"/api/v1{path}")
            assert (answer.status_code, answer.headers["allow"]) == (405, allowed), path


async def test_a_console_that_is_not_built_says_how_to_build_it(center: Center) -> None:
    async with center.browser(None) as browser:
        answer = await browser.client.get("/")
        assert answer.status_code == 503
        assert "npm run build" in answer.text
        assert "控制台尚未构建" in answer.text


async def test_answers_of_the_api_are_not_kept_and_not_framed(center: Center) -> None:
    async with center.browser(None) as browser:
        answer = await browser.get("/cases")
        assert answer.status_code == 401
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "server" not in answer.headers


async def test_requests_are_counted_by_route_and_not_by_what_stands_in_it(
    console: Path, center: Center
) -> None:
    async with center.browser(None) as browser:
        for number in range(3):
            await browser.get(f"/cases/SW20990101000{number}")
        await browser.client.get("/cases")
        await browser.sign_on()
    name = "streetwarden_center_requests_total"
    assert await center.metric(f'{name}{{method="GET",route="/cases/{{number}}",status="401"}}') == 3
    assert await center.metric(f'{name}{{method="GET",route="files",status="200"}}') == 1
    assert await center.metric(f'{name}{{method="POST",route="/session",status="503"}}') == 1


async def test_the_staff_phone_has_a_page_of_its_own_and_may_use_place_and_microphone(
    console: Path, center: Center
) -> None:
    (console / "m").mkdir()
    (console / "m" / "index.html").write_text("<title>城管通</title>", encoding="utf-8")
    (console / "m" / "sw.js").write_text("self;", encoding="utf-8")
    (console / "m" / "phone.webmanifest").write_text("{}", encoding="utf-8")
    async with center.browser(None) as browser:
        moved = await browser.client.get("/m")
        assert (moved.status_code, moved.headers["location"]) == (308, "/m/")
        for path in ("/m/", "/m/report", "/m/case/SW202611240001"):
            answer = await browser.client.get(path)
            assert (answer.status_code, answer.text) == (200, "<title>城管通</title>"), path
            assert (
                answer.headers["permissions-policy"] == "camera=(self), geolocation=(self), microphone=(self)"
            )
        worker = await browser.client.get("/m/sw.js")
        assert worker.headers["content-type"].startswith("text/javascript")
        assert worker.headers["cache-control"] == "no-cache"
        manifest = await browser.client.get("/m/phone.webmanifest")
        assert manifest.headers["content-type"] == "application/manifest+json"
        for path in ("/", "/map", "/mx", "/api/v1/session"):
            answer = await browser.client.get(path)
            assert answer.headers["permissions-policy"] == "camera=(), geolocation=(), microphone=()", path
