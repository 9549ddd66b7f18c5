"""Documents of a case: the facts that they print, and issuing and voiding them in a transaction.

Each one is an event of the case with the digest of its PDF as evidence, so it is part of the chained record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from cases import CaseEvent, CasePolicy, CaseState, Category, fold
from cases.errors import CaseError
from cases.forms import Content, Form, FormError
from casework.errors import NoSuchCaseError, StaleCaseError
from casework.requests import Answer, find_answer, keep_answer
from store import cases as rows
from store.case_history import append, history
from store.connection import Connection
from store.departments import Departments
from store.queries import load

_SQL = load("documents")
_EVIDENCE = load("case_evidence")

ISSUED: Final = "document"
VOIDED: Final = "document_void"
"""The actions of the events; they are in no workflow, and change no field of the case."""

_TIMES: Final = ("reported_at", "opened_at", "dispatched_at", "handled_at", "closed_at", "suspended_until")
_TIME: Final = "%Y年%m月%d日 %H:%M"
_DATE: Final = "%Y年%m月%d日"
_SOURCES: Final = {
    "camera": "视频监控", "sensor": "传感器", "rule": "系统规则", "patrol": "采集员上报",
    "hotline": "热线", "citizen": "公众举报", "leader": "领导交办",
}  # fmt: skip
_LEVELS: Final = {"everyday": "日常", "ordinary": "一般", "serious": "较大", "grave": "重大"}
_ANSWERS: Final = {
    "exists": "属实", "not_exists": "不属实", "cannot_tell": "无法判断", "done": "已处置",
    "not_done": "未处置",
}  # fmt: skip


class TakenNumberError(CaseError):
    """Somebody else issued a document of the form meanwhile, so it has another number."""


def facts_of(
    case: CaseState,
    events: Sequence[CaseEvent],
    *,
    policy: CasePolicy,
    departments: Departments,
    issuer: str,
    now: datetime,
) -> dict[str, str]:
    """The texts for the placeholders of forms.

    Args:
        case: the case.
        events: its history.
        policy: names of codes and conditions, and the city's time zone.
        departments: names of departments.
        issuer: the name of the person who issues the document.
        now: the time.
    """
    zone = policy.calendar.zone
    department = departments.find(case.department)
    condition = next(
        (each.name for each in policy.conditions_for(case) if each.condition == case.condition), ""
    )
    found = {
        "case.number": case.number,
        "case.code": policy.codes.name(case.code_set, Category(case.category), case.code).name,
        "case.condition": condition,
        "case.place": case.street_name or case.grid_cell or f"{case.lat:.6f}, {case.lon:.6f}",
        "case.coordinates": f"{case.lat:.6f}, {case.lon:.6f}",
        "case.source": _SOURCES.get(case.source or "", case.source or ""),
        "case.words": case.description or case.title or "",
        "case.level": _LEVELS.get(case.level or "", ""),
        "case.department": department.name if department is not None else case.department or "",
        "case.verified": _ANSWERS.get(case.verified or "", case.verified or ""),
        "case.checked": _ANSWERS.get(case.checked or "", case.checked or ""),
        "case.stage": case.stage,
        "issuer": issuer,
        "today": date_text(now, policy),
        "now": now.astimezone(zone).strftime(_TIME),
    }
    times: dict[str, datetime | None] = {name: getattr(case, name) for name in _TIMES}
    times["deadline_at"] = case.handling_deadline_at or case.deadline_at
    for name, time in times.items():
        found[f"case.{name}"] = time.astimezone(zone).strftime(_TIME) if time is not None else ""
    for event in events:
        if event.note:
            found[f"note.{event.action}"] = event.note
    return found


def date_text(now: datetime, policy: CasePolicy) -> str:
    """A date as documents print it."""
    return now.astimezone(policy.calendar.zone).strftime(_DATE)


async def next_sequence(connection: Connection, form: str, year: int) -> int:
    """The number that the next document of a form gets, if nobody issues one before."""
    found: int = await connection.fetchval(_SQL["next_sequence"], form, year)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuing:
    """A document that was set and is to be issued.

    Attributes:
        form_name: its form.
        year: of its number, with `sequence`.
        strokes: of the signatures on the pad, by place.
        digest: of the PDF, which is in evidence storage; `size_bytes` likewise.
        replaces: a void document of the same case.
    """

    form_name: str
    form: Form
    year: int
    sequence: int
    content: Content
    strokes: Mapping[int, Any]
    digest: str
    size_bytes: int
    replaces: int | None


async def issue(
    connection: Connection,
    number: str,
    issuing: Issuing,
    *,
    issued_by: str,
    expected_sequence: int,
    at: datetime,
    key: tuple[str, bytes] | None = None,
) -> None:
    """Issue a document.

    Args:
        connection: in a transaction.
        number: the case.
        issuing: the document.
        issued_by: a login.
        expected_sequence: of the newest event of the case whose facts it prints.
        at: now.
        key: the idempotency key of the request, and the request's digest; a repeat does nothing.

    Raises:
        ReusedKeyError: the key belongs to another request.
        NoSuchCaseError: there is no such case.
        StaleCaseError: the case has changed since the document was set.
        TakenNumberError: its number is taken; set it again with the next one.
        FormError: the document that it replaces is not a void one of this case, or was replaced already.
    """
    if key is not None and await find_answer(connection, issued_by, *key) is not None:
        return
    case_id, case = await _locked(connection, number)
    if case.sequence != expected_sequence:
        raise StaleCaseError(number, expected=expected_sequence, sequence=case.sequence)
    if issuing.replaces is not None:
        await _check_replaced(connection, issuing.replaces, number)
    place = (issuing.form_name, issuing.year, issuing.sequence)
    query = "take_sequence" if issuing.sequence == 1 else "raise_sequence"
    if await connection.fetchval(_SQL[query], *place) is None:
        raise TakenNumberError(f"another {issuing.form.title_en} was issued meanwhile; try again")
    await connection.execute(
        _SQL["add"],
        case_id,
        *place,
        issuing.content.number,
        msgspec.to_builtins(issuing.content),
        msgspec.to_builtins(issuing.strokes, str_keys=True),
        issuing.digest,
        issuing.size_bytes,
        issued_by,
        at,
        issuing.replaces,
    )
    await connection.execute(
        _EVIDENCE["add"],
        issuing.digest,
        case_id,
        "document",
        "application/pdf",
        issuing.size_bytes,
        at,
        issued_by,
        None,
    )
    event = CaseEvent(
        sequence=case.sequence + 1,
        at=at,
        actor=issued_by,
        action=ISSUED,
        note=f"{issuing.form.title} {issuing.content.number}",
        evidence=(issuing.digest,),
    )
    state = await append(connection, case_id, case, [event])
    if key is not None:
        await keep_answer(connection, issued_by, *key, Answer(number, state.sequence), at=at)


async def void(
    connection: Connection, number: str, document_id: int, *, login: str, reason: str, at: datetime
) -> None:
    """Declare a document void; its number and its file stay.

    Raises:
        NoSuchCaseError: there is no such case or document.
        FormError: it is void already.
    """
    case_id, case = await _locked(connection, number)
    found = await connection.fetchrow(_SQL["one"], document_id, number)
    if found is None:
        raise NoSuchCaseError(f"case {number} has no document {document_id}")
    if not await connection.fetchval(_SQL["void"], document_id, login, at, reason):
        raise FormError(f"{found['number']} is void already")
    event = CaseEvent(
        sequence=case.sequence + 1,
        at=at,
        actor=login,
        action=VOIDED,
        note=f"{found['content']['title']} {found['number']}：{reason}",
        evidence=(found["digest"],),
    )
    await append(connection, case_id, case, [event])


async def _locked(connection: Connection, number: str) -> tuple[UUID, CaseState]:
    found = await rows.lock_case_by_number(connection, number)
    if found is None:
        raise NoSuchCaseError(f"there is no case {number}")
    return found[0], fold(await history(connection, found[0]))


async def _check_replaced(connection: Connection, document_id: int, number: str) -> None:
    found = await connection.fetchrow(_SQL["one"], document_id, number)
    if found is None or found["voided_at"] is None:
        raise FormError(f"document {document_id} is not a void document of case {number}; void it first")
    if await connection.fetchval("SELECT true FROM document WHERE replaces = $1", document_id):
        raise FormError(f"{found['number']} has been replaced already")
