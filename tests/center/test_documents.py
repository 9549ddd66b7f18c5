"""Documents of cases: numbered without gaps, kept as evidence, never changed; set within limits."""

from __future__ import annotations

import asyncio
import hashlib
import io
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from docx import Document

from cases import Role
from cases.forms import Content
from center.documents.typesetter import Typesetter, TypesettingError
from store.connection import Pool
from tests.center.running import POLICY, Browser, Center, add_operator, report, stall

ORDER = {
    "form": "order_to_correct",
    "fields": {
        "party": "张三(个体工商户)",
        "facts": "违规设摊",
        "basis": "《城市市容和环境卫生管理条例》第十四条",
        "correct_by": "2026年12月1日",
        "demand": "立即撤离",
    },
    "signatures": {
        "officer_1": {"name": "王派", "strokes": [[[0.1, 0.5], [0.5, 0.2], [0.9, 0.8]]]},
        "officer_2": {"name": "赵队"},
    },
}
servers = pytest.mark.servers


async def post(browser: Browser, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
    return await browser.client.post(
        f"/api/v1/cases/{path}", json=body, headers={"X-CSRF-Token": browser.csrf, **headers}
    )


async def dispatched(browser: Browser, pool: Pool, **changes: Any) -> str:
    number = (await report(pool, stall(**changes))).number
    answer = await browser.act(number, "dispatch", 1, department=POLICY.department_code("城管执法中队"))
    assert answer.status_code == 200, answer.text
    return number


async def issued(browser: Browser, number: str, **changes: Any) -> list[dict[str, Any]]:
    answer = await post(browser, f"{number}/documents", ORDER | changes)
    assert answer.status_code == 201, answer.text
    documents: list[dict[str, Any]] = answer.json()["documents"]
    return documents


@servers
async def test_a_document_is_numbered_is_evidence_and_can_be_voided_and_replaced(
    browser: Browser, pool: Pool
) -> None:
    number = await dispatched(browser, pool)
    preview = await post(browser, f"{number}/documents/preview", ORDER | {"signatures": {}, "fields": {}})
    assert (preview.status_code, preview.content[:5]) == (200, b"%PDF-")
    (first,) = await issued(browser, number)
    assert first["number"].startswith("责改〔")
    assert first["number"].endswith("〕1号")
    assert first["signers"][0] == ["执法人员（一）", "王派"]

    file = await browser.get(f"/cases/{number}/documents/{first['id']}/file.pdf")
    assert hashlib.sha256(file.content).hexdigest() == first["digest"]
    editable = await browser.get(f"/cases/{number}/documents/{first['id']}/file.docx")
    text = "\n".join(each.text for each in Document(io.BytesIO(editable.content)).paragraphs)
    assert "张三(个体工商户)" in text
    assert first["number"] in text

    detail = await browser.fetch(f"/cases/{number}")
    assert detail["events"][-1]["action"] == "document"
    assert detail["events"][-1]["evidence"] == [first["digest"]]
    assert first["digest"] not in {each["digest"] for each in detail["evidence"]}

    early = await post(browser, f"{number}/documents", ORDER | {"replaces": first["id"]})
    assert (early.status_code, early.json()["code"]) == (422, "invalid")
    void = await post(browser, f"{number}/documents/{first['id']}/void", {"reason": "当事人姓名有误"})
    assert void.json()["documents"][0]["void_reason"] == "当事人姓名有误"
    again = await post(browser, f"{number}/documents/{first['id']}/void", {"reason": "x"})
    assert (again.status_code, again.json()["code"]) == (409, "void")
    second = (await issued(browser, number, replaces=first["id"]))[0]
    assert (second["replaces"], second["number"][-3:]) == (first["id"], "〕2号")
    for table in ("document", "document_void"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="only ever appended"):
            await pool.execute(f"DELETE FROM {table}")


@servers
async def test_numbers_have_no_gaps_when_many_are_issued_at_once_and_some_fail(
    browser: Browser, pool: Pool
) -> None:
    numbers = [await dispatched(browser, pool, zone=f"zone-{each}") for each in range(3)]
    bad = ORDER | {"fields": ORDER["fields"] | {"party": "𠮷𠮷"}}  # type: ignore[operator]
    answers = await asyncio.gather(
        *(post(browser, f"{number}/documents", ORDER) for number in numbers),
        post(browser, f"{numbers[0]}/documents", bad),
    )
    # the last has a character that the bundled font lacks; a font of the machine may have it
    good = [answer for answer in answers if answer.status_code == 201]
    assert len(good) >= 3
    assert {answer.status_code for answer in answers} <= {201, 422}
    sequences = await pool.fetch("SELECT sequence FROM document ORDER BY sequence")
    assert [row["sequence"] for row in sequences] == list(range(1, len(good) + 1))


@servers
async def test_a_request_that_is_sent_again_issues_nothing_more(browser: Browser, pool: Pool) -> None:
    number = await dispatched(browser, pool)
    key = str(uuid4())
    for _ in range(2):
        answer = await post(browser, f"{number}/documents", ORDER, **{"Idempotency-Key": key})
        assert answer.status_code == 201, answer.text
        assert len(answer.json()["documents"]) == 1


@servers
async def test_who_may_not_issue_a_form_is_refused_and_is_not_offered_it(
    center: Center, browser: Browser, pool: Pool
) -> None:
    number = await dispatched(browser, pool)
    (document,) = await issued(browser, number)
    async with pool.acquire() as connection:
        await add_operator(connection, "dispatcher", roles=[Role.DISPATCHER])
    async with center.browser("dispatcher") as dispatcher:
        offered = await dispatcher.fetch(f"/cases/{number}/documents")
        assert {form["form"] for form in offered["forms"]} >= {"dispatch", "supervision"}
        assert "order_to_correct" not in {form["form"] for form in offered["forms"]}
        assert offered["may_void"] is False
        for path, body in (
            (f"{number}/documents", ORDER),
            (f"{number}/documents/preview", ORDER),
            (f"{number}/documents/{document['id']}/void", {"reason": "x"}),
        ):
            answer = await post(dispatcher, path, body)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), path


@servers
async def test_a_wrong_request_is_refused_with_a_sentence(browser: Browser, pool: Pool) -> None:
    number = await dispatched(browser, pool)
    wrong: list[dict[str, Any]] = [
        {"form": "love_letter"},
        {"fields": {"party": "张三"}},
        {"fields": ORDER["fields"] | {"evil": "x"}},  # type: ignore[operator]
        {"signatures": {}},
        {"signatures": {"officer_1": {"name": "王", "strokes": [[[1.5, 0]]]}, "officer_2": {"name": "赵"}}},
        {"signatures": {"officer_1": {"name": "王", "strokes": [[]]}, "officer_2": {"name": "赵"}}},
    ]
    for changes in wrong:
        answer = await post(browser, f"{number}/documents", ORDER | changes)
        assert answer.status_code == 422, answer.text
    assert await pool.fetchval("SELECT count(*) FROM document") == 0
    other = await dispatched(browser, pool, zone="elsewhere")
    (document,) = await issued(browser, number)
    assert (await browser.get(f"/cases/{other}/documents/{document['id']}/file.pdf")).status_code == 404


CONTENT = Content(title="标题", number="1", rows=[], text=["x"], signatures=[], authority="局", date="今天")


async def test_setting_a_document_ends_when_its_time_is_over() -> None:
    with pytest.raises(TypesettingError, match="took more than"):
        await Typesetter(seconds=0.01).set("pdf", CONTENT, {})


async def test_the_texts_of_a_document_are_never_evaluated() -> None:
    hostile = ['#read("/etc/passwd")', "#import", "$x$ *b* `c` <a> @b \\ #{while true {}}", "{case.number}"]
    content = Content(
        title="#panic()", number="#1", rows=[("#panic()", text) for text in hostile], text=hostile,
        signatures=[("#a", "#b")], authority="#c", date="#d",
    )  # fmt: skip
    made = await Typesetter().set("pdf", content, {0: [[(0.0, 0.0)], [(1.0, 1.0), (0.5, 0.5)]]})
    assert made.startswith(b"%PDF-")
