"""The search: what is found, as whom, with which typing errors, and what it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cases import Role
from casework.summaries import rebuild
from center.search import queries
from store import search
from store.city import import_city
from store.connection import Pool
from tests.center.conftest import StartCenter
from tests.center.running import DISTRICT, Browser, add_operator
from tests.store.test_city import SQUARE, feature, write

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

COMPONENT = "3505820102000042"
LAMP = {"code": "0118", "category": "component", "lat": 24.9003, "lon": 118.6003, "component": COMPONENT}
REPORTS: dict[str, dict[str, Any]] = {
    "lamp": LAMP | {"title": "路灯不亮", "description": "锦绣花园北门外路灯不亮,晚上看不见"},
    "fountain": {
        "code": "0406", "lat": 24.9055, "lon": 118.6055, "title": "喷泉漏水",
        "description": "The fountain at Jinxiu Garden leaks onto the pavement",
    },
    "stall": {
        "code": "0501", "lat": 24.95, "lon": 118.65, "title": "水果摊",
        "description": "100% 占道_经营",
    },
}  # fmt: skip
TELEPHONE = "139 1234 5678"


@pytest_asyncio.fixture
async def numbers(browser: Browser, pool: Pool, tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    """A small city, and the number of the case of each report."""
    line = [[118.6, 24.9], [118.61, 24.9]]
    city = {
        "streets": [
            feature("LineString", line, **{"class": "lane"}, name="百花路", name_en="Baihua Road"),
            feature("LineString", [[118.7, 24.8], [118.71, 24.8]], **{"class": "lane"}, name="东海路"),
        ],
        "areas": [],
        "grid": [feature("Polygon", SQUARE, code="350582001001001", district=DISTRICT, name="东湖社区一格")],
        "components": [
            feature(
                "Point", [118.6003, 24.9003], code=COMPONENT, code_set="A", name="路灯 B-42",
                owner="城东供电所", **{"class": "0118"},
            ),
            feature("Point", [118.62, 24.9], code="3505820101000007", code_set="A", **{"class": "0101"}),
        ],
        "cameras": [],
    }  # fmt: skip
    (tmp_path / "city").mkdir()
    async with pool.acquire() as connection:
        await import_city(connection, write(tmp_path / "city", city))
    found = {}
    for name, said in REPORTS.items():
        answer = await browser.client.post(
            "/api/v1/cases",
            json={
                "source": "hotline", "district": DISTRICT, **said,
                "caller": {"name": "欧阳修远", "telephone": TELEPHONE, "call_back": True},
            },
            headers={"X-CSRF-Token": browser.csrf},
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
        found[name] = answer.json()["case"]["number"]
    yield found


async def groups(browser: Browser, words: str = "", **more: Any) -> dict[str, Any]:
    found = await browser.fetch("/search", words=words, **more)
    return {group["kind"]: group for group in found["groups"]}


async def keys(browser: Browser, kind: str, words: str = "", **more: Any) -> tuple[list[str], bool]:
    """The keys of one kind, and whether they have the words as written."""
    group = (await groups(browser, words, **more)).get(kind)
    return ([], True) if group is None else ([hit["key"] for hit in group["hits"]], group["exact"])


async def test_cases_are_found_by_words_street_number_and_component(
    browser: Browser, numbers: dict[str, str]
) -> None:
    lamp, fountain, stall = numbers["lamp"], numbers["fountain"], numbers["stall"]
    for words, expected in {
        "路灯": [lamp],
        "锦绣花园 路灯": [lamp],
        "百花路": [lamp],
        "baihua": [lamp],
        "FOUNTAIN leaks": [fountain],
        "游商": [stall],  # the name of its code
        lamp[-4:]: [lamp],
        lamp.lower(): [lamp],
        COMPONENT: [lamp],
        "100%": [stall],
        "道_经": [stall],
    }.items():
        assert await keys(browser, "case", words) == (expected, True), words
    for nothing in ("%%", "__", ".*", "喷泉 路灯"):
        assert (await keys(browser, "case", nothing))[0] == [], nothing


async def test_a_query_with_typing_errors_finds_what_was_meant(
    browser: Browser, numbers: dict[str, str]
) -> None:
    lamp, fountain = numbers["lamp"], numbers["fountain"]
    for words, expected in {
        "路登不亮": lamp,
        "锦秀花园": lamp,
        "路灯亮": lamp,
        "百花路路灯不亮": lamp,
        "fountian": fountain,
        "jinxu garden": fountain,
        lamp[:-6] + ("1" if lamp[-6] != "1" else "2") + lamp[-5:]: lamp,
    }.items():
        found, exact = await keys(browser, "case", words)
        assert found[:1] == [expected], words
        assert not exact, words
    assert await keys(browser, "component", COMPONENT.replace("42", "24")) == ([COMPONENT], False)
    assert await keys(browser, "street", "bahua road") == (["百花路"], False)
    assert (await keys(browser, "code", "manhole covr"))[0] == []
    assert not (await keys(browser, "code", "strom water"))[1]


async def test_components_places_codes_and_units_are_found_too(
    browser: Browser, numbers: dict[str, str], pool: Pool
) -> None:
    assert await keys(browser, "component", "供电所") == ([COMPONENT], True)
    assert await keys(browser, "component", "上水井盖") == (["3505820101000007"], True)
    assert await keys(browser, "component", COMPONENT[:12]) == ([COMPONENT], True)
    assert await keys(browser, "component", COMPONENT[-5:]) == ([COMPONENT], True)
    assert await keys(browser, "street", "百花") == (["百花路"], True)
    assert await keys(browser, "grid_cell", "东湖社区") == (["350582001001001"], True)
    assert (await keys(browser, "code", "0501"))[0][0] == "A/event/0501"
    assert "A/component/0101/3" in (await keys(browser, "code", "异响", limit=20))[0]
    async with pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO department (code, parent, name, name_en)"
            " VALUES ('D77', 'CITY', '城北园林所', 'Parks North')"
        )
    assert await keys(browser, "unit", "城北园林") == (["D77"], True)
    assert (await keys(browser, "unit", "城北园木所"))[0] == ["D77"]
    assert (await keys(browser, "unit", "parks nroth"))[0] == ["D77"]


async def test_a_place_has_what_is_near_it(browser: Browser, numbers: dict[str, str]) -> None:
    for found in (await groups(browser, "24.9003,118.6003"), await groups(browser, near="24.9003,118.6003")):
        assert [hit["key"] for hit in found["case"]["hits"]] == [numbers["lamp"]]
        assert [hit["key"] for hit in found["component"]["hits"]] == [COMPONENT]
        assert [hit["key"] for hit in found["street"]["hits"]] == ["百花路"]
        assert found["grid_cell"]["hits"][0]["key"] == "350582001001001"
    near = await groups(browser, "路灯", near="24.95,118.65")
    assert "case" not in near
    assert [hit["key"] for hit in (await groups(browser, "百花路"))["street"]["hits"]] == ["百花路"]


async def test_a_callers_contact_is_never_found(browser: Browser, numbers: dict[str, str]) -> None:
    for sealed in ("欧阳修远", "欧阳", "5678", "13912345678", "139"):
        found = await browser.fetch("/search", words=sealed)
        assert not any(hit["key"] in numbers.values() for group in found["groups"] for hit in group["hits"])
    assert TELEPHONE not in (await browser.get("/search", params={"words": "路灯"})).text


async def test_an_account_finds_cases_of_its_scope_only(
    start_center: StartCenter, browser: Browser, numbers: dict[str, str], pool: Pool
) -> None:
    async with pool.acquire() as connection:
        await add_operator(connection, "elsewhere", roles=[Role.ACCEPTOR], districts=["350999"])
        await add_operator(connection, "handler", roles=[Role.HANDLER])
        await add_operator(connection, "nothing", roles=[])
    center = await start_center()
    for login in ("elsewhere", "handler", "nothing"):
        async with center.browser(login) as other:
            for words in ("路灯不亮", "路登不亮", numbers["lamp"]):
                assert (await keys(other, "case", words))[0] == [], (login, words)
            assert bool(await groups(other, "百花路")) is (login != "nothing")
    async with pool.acquire() as connection:
        await connection.execute(
            "UPDATE case_file SET assignee = 'handler' WHERE number = $1", numbers["lamp"]
        )
    async with center.browser("handler") as handler:
        assert (await keys(handler, "case", "路登不亮"))[0] == [numbers["lamp"]]


async def test_summaries_that_are_made_anew_are_found_as_before(
    browser: Browser, numbers: dict[str, str], pool: Pool
) -> None:
    async with pool.acquire() as connection:
        await connection.execute("DELETE FROM case_file")
        assert (await keys(browser, "case", "百花路"))[0] == []
        async for _ in rebuild(connection):
            pass
    assert await keys(browser, "case", "百花路") == ([numbers["lamp"]], True)


async def test_a_search_without_end_is_refused_in_a_sentence(
    browser: Browser, numbers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for words in (
        "",
        "  ",
        "灯",
        "a b",
        " ".join(["ab"] * 1000),
        " ".join(f"w{n}" for n in range(9)),
        "x" * 101,
    ):
        answer = await browser.get("/search", params={"words": words})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), words
    for place in ("24.9", "91,118", "a,b"):
        assert (await browser.get("/search", params={"near": place})).status_code == 422
    assert (await browser.get("/search", params={"wrods": "路灯"})).status_code == 422

    slow = search.components

    async def sleeps(connection: Any, *given: Any, **named: Any) -> Any:
        await connection.execute("SELECT pg_sleep(30)")
        return await slow(connection, *given, **named)

    monkeypatch.setattr(search, "components", sleeps)
    monkeypatch.setattr(queries, "_STATEMENT_MS", 50)
    answer = await browser.get("/search", params={"words": "路灯"})
    assert (answer.status_code, answer.json()["code"]) == (422, "too_slow")
    assert "use fewer or longer words" in answer.json()["detail"]
