"""Rows of the database as the structs of `center.cases.models`, named as the city's policy names them."""

from __future__ import annotations

import asyncpg

from cases import CasePolicy, Category
from center.cases.models import Case, Incident


def case(row: asyncpg.Record, policy: CasePolicy) -> Case:
    """A row of `case_summary`."""
    title = policy.title(row["type"])
    category = Category(row["category"])
    code = policy.codes.name(row["code_set"], category, row["code"])
    return Case(
        number=row["number"],
        type=row["type"],
        title=title.name,
        title_en=title.name_en,
        category=category,
        code_set=row["code_set"],
        code=row["code"],
        code_name=code.name,
        code_name_en=code.name_en,
        stage=row["stage"],
        department=row["department"],
        department_en=policy.department_en(row["department"]),
        district=row["district"],
        grid_cell=row["grid_cell"],
        street=row["street"],
        street_en=row["street_en"],
        component=row["component"],
        camera=row["camera"],
        zone=row["zone"],
        lat=row["lat"],
        lon=row["lon"],
        opened_at=row["opened_at"] or row["reported_at"],
        deadline_at=row["deadline_at"] or row["handling_deadline_at"] or row["reported_at"],
        restored_at=row["restored_at"],
        closed_at=row["closed_at"],
        changed_at=row["changed_at"],
        sequence=row["last_sequence"],
        picture=row["picture"],
        reports=row["reports"],
    )


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
        case_number=case_number,
        picture=picture,
    )
