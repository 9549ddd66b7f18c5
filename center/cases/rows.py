"""Rows of the database as the structs of `center.cases.models`, named as the city's policy names them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import asyncpg
import msgspec

from cases import CasePolicy, Category
from center.cases.models import Case, CaseTask, Incident
from store.connection import Connection
from store.departments import Departments
from store.queries import load

_LISTS = load("case_lists")

_NAMED: Final = frozenset(
    {
        "title", "title_en", "category", "code_name", "code_name_en", "department", "department_en",
        "department_code", "proposed_department", "sequence", "task",
        "deferral_asked", "suspension_asked", "assignee_name",
    }
)  # fmt: skip
_AS_THEY_ARE: Final = tuple(name for name in Case.__struct_fields__ if name not in _NAMED)


async def assignee_names(connection: Connection, *rows: asyncpg.Record) -> dict[str, str]:
    """What people call those to whom the cases of some rows are assigned, by login."""
    logins = {row["assignee"] for row in rows} - {None}
    if not logins:
        return {}
    found = await connection.fetch(_LISTS["names"], sorted(logins))
    return {each["login"]: each["display_name"] for each in found}


def case(row: asyncpg.Record, policy: CasePolicy, departments: Departments, names: Mapping[str, str]) -> Case:
    """A row of `case_summary`; `names` by login, at least that of its assignee."""
    department = departments.find(row["department"])
    proposed = departments.find(row["proposed_department"])
    category = Category(row["category"])
    code = policy.codes.name(row["code_set"], category, row["code"])
    title = policy.title(row["type"]) if row["type"] is not None else code
    return Case(
        title=row["title"] or title.name,
        title_en=row["title"] or title.name_en,
        category=category,
        code_name=code.name,
        code_name_en=code.name_en,
        department=row["department"] if department is None else department.name,
        department_en=None if department is None else department.name_en,
        department_code=None if department is None else department.code,
        proposed_department=row["proposed_department"] if proposed is None else proposed.name,
        sequence=row["last_sequence"],
        assignee_name=names.get(row["assignee"]),
        task=_task(row["task"]),
        deferral_asked=(row["deferral_asked"] or {}).get("with"),
        suspension_asked=_moment((row["suspension_asked"] or {}).get("until")),
        **{name: row[name] for name in _AS_THEY_ARE},
    )


def _moment(kept: str | None) -> datetime | None:
    return datetime.fromisoformat(kept) if kept is not None else None


def _task(kept: dict[str, Any] | None) -> CaseTask | None:
    if kept is None:
        return None
    return msgspec.convert({name: kept.get(name) for name in CaseTask.__struct_fields__}, CaseTask)


def incident(
    row: asyncpg.Record, policy: CasePolicy, *, case_number: str | None, picture: str | None
) -> Incident:
    """A row of `incident` with its place as lat, lon."""
    title = policy.title(row["type"])
    return Incident(
        incident_id=row["incident_id"],
        revision=row["revision"],
        phase=row["phase"],
        type=row["type"],
        title=title.name,
        title_en=title.name_en,
        source=row["source"],
        district=row["district"],
        observed_at=row["observed_at"],
        began_at=row["began_at"],
        received_at=row["received_at"],
        lat=row["lat"],
        lon=row["lon"],
        camera=row["camera"],
        zone=row["zone"],
        component=row["component"],
        confidence=row["confidence"],
        recognised=row["last_recognised"],
        case_number=case_number,
        picture=picture,
    )
