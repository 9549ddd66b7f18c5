"""A person's report: one of the city's codes, a place, and words; also for a caller or on patrol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from cases import CasePolicy, Category, CodeError
from cases.camera_faults import CAMERA_FAULT_TYPE
from cases.clocks import CaseClock, deadline
from cases.flood import FLOOD_TYPE
from cases.geotagged import GEOTAGGED
from cases.policy import Opening
from casework.changes import CaseChange, Change
from casework.intake import take_in
from casework.report import Report
from casework.requests import Answer, digest_of, find_answer, keep_answer
from store import cases as rows
from store.case_evidence import KeptFile, add_case_evidence
from store.connection import Connection
from store.queries import load

_SQL = load("callers")

UNPROVEN: Final = frozenset({"citizen"})
"""Sources that anybody can use, unseen: their reports prove nothing about the place."""

_NOT_OF_PEOPLE: Final = frozenset({FLOOD_TYPE, CAMERA_FAULT_TYPE, GEOTAGGED})
"""Incident types that only programs report; a code that one of them has too says something else."""

LEVELS: Final = ("everyday", "ordinary", "serious", "grave")


class NoDistrictError(CodeError):
    """The place of a report is in no cell of the unit grid, and the report has no district."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The person who told the problem to the reporter; not in the history, so that it can be deleted.

    Attributes:
        call_back: whether the caller wants to hear the result.
        public: whether the caller may be named to whoever handles the case.
        called_at: when the caller called; None for the time of the report.
    """

    name: str | None = None
    telephone: str | None = None
    email: str | None = None
    call_back: bool = False
    public: bool = False
    called_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """One of the city's codes, with its condition if that is known already."""

    category: Category
    code_set: str
    code: str
    condition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsReport:
    """A person's report.

    Attributes:
        source: how the city learned of it: `hotline`, `patrol`, `citizen`, `leader` …
        about: an incident type of the city's policy, or one of its codes.
        lat: degrees, WGS 84; `lon` likewise.
        district: 6 digits; None for that of the unit grid cell at the place.
        component: 16 digits.
        observed_at: when it was seen; None for now.
        level: one of `LEVELS`.
    """

    source: str
    about: str | About
    lat: float
    lon: float
    title: str | None = None
    description: str | None = None
    district: str | None = None
    component: str | None = None
    observed_at: datetime | None = None
    level: str | None = None
    caller: Caller | None = None


async def report_by_person(
    connection: Connection,
    said: PersonsReport,
    *,
    actor: str,
    district: str,
    files: Sequence[KeptFile],
    policy: CasePolicy,
    at: datetime,
    key: str | None = None,
) -> CaseChange:
    """Open the case of a person's report, or join the open case of the same problem.

    Args:
        connection: in a transaction.
        said: the report.
        actor: the reporter's login, or `{kind}/{id}` of what reports for people.
        district: of the place; see `district_of`.
        files: pictures and other files, already stored.
        policy: the city's decisions.
        at: now, the beginning of the case's clocks.
        key: the idempotency key of the request; a repeat changes nothing.

    Raises:
        CodeError: there is no such code or condition on that day, or the component's code is malformed.
        ReusedKeyError: the key belongs to another request.
    """
    request = digest_of("report", said, [(file.role, file.digest) for file in files])
    if key is not None:
        done = await find_answer(connection, actor, key, request)
        if done is not None:
            return await _answered_before(connection, done)
    report = Report(
        incident_id=uuid4(),
        revision=1,
        actor=actor,
        source=said.source,
        type=_type_of(said.about, policy),
        district=district,
        lon=said.lon,
        lat=said.lat,
        received_at=at,
        observed_at=said.observed_at or at,
        began_at=said.observed_at or at,
        component=said.component,
        evidence=tuple(file.digest for file in files),
        note=said.description,
        about=_opening_of(said.about, policy, at) if isinstance(said.about, About) else None,
        facts=_facts(said, policy),
        proves=said.source not in UNPROVEN,
    )
    await rows.add_incident(
        connection,
        incident_id=report.incident_id,
        revision=1,
        incident_type=report.type,
        source=actor if "/" in actor else f"operator/{actor}",
        district=district,
        observed_at=report.observed_at,
        began_at=report.began_at,
        received_at=at,
        lon=said.lon,
        lat=said.lat,
        zone=None,
        component=said.component,
        confidence=1.0,
        cues={},
    )
    change = await take_in(connection, report, policy=policy)
    await add_case_evidence(connection, change.case_id, files, actor=actor, at=at)
    if said.caller is not None:
        await connection.execute(
            _SQL["add"],
            report.incident_id,
            said.caller.name,
            said.caller.telephone,
            said.caller.call_back,
            said.caller.public,
            min(said.caller.called_at or at, at),
            at,
            said.caller.email,
        )
    if key is not None:
        sequence = await connection.fetchval(_SQL["newest_event"], change.case_id)
        await keep_answer(connection, actor, key, request, Answer(change.number, sequence), at=at)
    return replace(change, incident_id=report.incident_id)


async def district_of(connection: Connection, said: PersonsReport) -> str:
    """The district of a report: the one that it states, else that of the unit grid cell at its place.

    Raises:
        NoDistrictError: neither is known.
    """
    if said.district is not None:
        return said.district
    cell = await rows.find_grid_cell(connection, said.lon, said.lat)
    if cell is None:
        raise NoDistrictError("the place is in no cell of the unit grid; give its district, 6 digits")
    return cell[:6]


async def _answered_before(connection: Connection, done: Answer) -> CaseChange:
    found = await rows.lock_case_by_number(connection, done.number)
    assert found is not None
    return CaseChange(case_id=found[0], number=done.number, change=Change.NONE)


def _type_of(about: str | About, policy: CasePolicy) -> str:
    """An incident type, which lets reports of one problem find each other, whoever reports it.

    A code that belongs to an incident type in the policy becomes that type: a person's report of a stall
    joins the case that a camera has opened.
    """
    if isinstance(about, str):
        return about
    for name, rule in policy.rules.items():
        if name not in _NOT_OF_PEOPLE and (rule.category, rule.code_set, rule.code) == (
            about.category,
            about.code_set,
            about.code,
        ):
            return name
    return f"code_{about.code_set}_{about.code}".lower()


def _opening_of(about: About, policy: CasePolicy, at: datetime) -> Opening:
    """The opening of a case whose code a person chose; without a condition, the code's first one is used."""
    known = policy.conditions_of(about.code_set, about.category, about.code, at)
    found = policy.condition(
        about.code_set, about.category, about.code, about.condition or known[0].condition, at
    )
    return Opening(
        category=about.category,
        code_set=about.code_set,
        code=about.code,
        condition=found.condition,
        limit=found.time,
        deadline_at=deadline(CaseClock(limit=found.time, started_at=at), policy.calendar) or at,
    )


def _facts(said: PersonsReport, policy: CasePolicy) -> dict[str, Any]:
    facts: dict[str, Any] = {"title": said.title, "description": said.description, "level": said.level}
    if _type_of(said.about, policy) not in policy.rules:
        facts["type"] = None
    return facts
