"""The page of the data model: every table with columns, keys and indexes, as the database describes itself.

`store/schema.txt` is written from a migrated database, and a test compares them. What a column means comes
from the comments of the migrations, and for cases from `cases.CaseState`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from inspect import getdoc
from typing import Final

from cases import CaseState
from cases.state import BY_EVENTS
from store.schema_check import expected

AREAS: Final[Mapping[str, Mapping[str, str]]] = {
    "Cases": {
        "case_event": "The history of cases: append-only, chained by hashes. All else follows from it.",
        "case_file": "Where each case stands: what its events add up to (`streetwarden cases rebuild`).",
        "case_incident": "Which case an incident belongs to; likewise.",
        "case_number_counter": "The newest number of each day.",
        "case_request": "Requests with an idempotency key; a repeat is answered the same.",
        "case_evidence": "Pictures of a case with when and by whom they came.",
        "case_summary": "A case as lists and maps show it: with street, picture and number of reports.",
        "workflow_version": "Each version of a workflow by which a case was opened.",
        "rule_event_case": "Which case a person opened from what a rule found.",
        "camera_fault": "Faults of cameras that are under way.",
    },
    "Incidents and evidence": {
        "incident": "What devices, rules and people reported: one row a revision.",
        "evidence": "The files of evidence, by their digest; the files themselves are in object storage.",
        "report_caller": "Who called or wrote in: the caller of a person's report.",
        "open_condition": "Conditions of foreign cameras that hold now, and their incidents.",
    },
    "Positions and readings": {
        "entity": "Whoever reports: vehicles, persons, devices, cameras, boxes.",
        "position": "Fixes with their quality flags; a hypertable.",
        "latest_position": "The newest good fix of each entity.",
        "telemetry": "Readings; a hypertable.",
        "latest_telemetry": "The newest reading of each entity.",
        "device_status": "What each device last said of itself.",
        "presence": "Who was where, by cells of space and time; a hypertable.",
        "position_hour": "Positions by the hour, kept for ever.",
        "position_hour_due": "Hours that are to be rolled up again.",
        "hourly_positions": "Positions by the hour, those not rolled up yet included.",
        "rule_event": "What rules found; a hypertable.",
        "rule_state": "How each condition of a rule stands for each entity.",
        "camera_still": "The newest still of each camera.",
    },
    "People": {
        "operator": "Accounts: login, password hash, roles, scope.",
        "account": "Accounts with their persons, as sign-on reads them.",
        "person": "People of the city.",
        "post": "Which person has which post in which department.",
        "department": "Departments, as a tree.",
        "duty": "Who is on duty, when, and for which grid cells.",
        "rights_entry": "The table of rights, row by row.",
        "rights_version": "The version of that table, by which programs see that it changed.",
        "session": "Sessions of the console.",
        "audit_log": "Who read what is audited, and who administered what.",
    },
    "The city's map": {
        "area": "Fences and zones of rules.",
        "camera": "Cameras with their places.",
        "component": "Components (部件) with their places and owners.",
        "grid_cell": "Unit grid cells (单元网格).",
        "street": "Streets.",
        "city_layer": "When each layer of the map was imported.",
    },
    "Operation": {
        "schema_version": "Which migrations were applied.",
        "maintenance": "What maintenance did last.",
        "backup": "Runs of `streetwarden backup`.",
        "quarantine": "Refused messages with their reasons.",
        "ingest_session": "Which ingest owns which session with the broker.",
        "broker_run": "Starts of the broker, as ingest saw them.",
        "pgqueuer": "Jobs that wait for a worker.",
        "pgqueuer_log": "What became of them.",
        "pgqueuer_schedules": "Recurring jobs and when they are due.",
        "pgqueuer_statistics": "Jobs that ended, counted.",
    },
}
"""What each table or view is for, by area."""

_OTHER: Final = "Further tables"
_HEADER: Final = """# Data model

*Made by `scripts/docs` from `store/schema.txt`, which is made from a migrated database; do not edit.*

The tables, as PostgreSQL describes them. Migrations are in [`store/migrations/`](../store/migrations); which
program may do what with a table stands in [`store/grants.sql`](../store/grants.sql). A case is what its
events add up to: see [ADR 0170](decisions/0170-events-say-what-they-set.md) and [ADR
0171](decisions/0171-the-record-is-chained.md).

"""
_OBJECT: Final = re.compile(r"^\s*(?:CREATE TABLE|CREATE VIEW|ALTER TABLE) (?:IF EXISTS )?(\w+)")
_COMMENTED: Final = re.compile(r"^\s+(?:ADD COLUMN )?([a-z_][a-z0-9_]*)\s+[a-z].*?--\s*(\S.*)$")
_ATTRIBUTE: Final = re.compile(r"^    (\w+): (.+)$")


@dataclass(slots=True)
class _Table:
    """One table or view, as the schema's lines say."""

    columns: list[tuple[str, str]] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    indexes: list[str] = field(default_factory=list)


def data_model_page() -> str:
    """The page, in Markdown."""
    tables = _tables(expected())
    meanings = _meanings()
    known = {name for area in AREAS.values() for name in area}
    areas = {area: [name for name in names if name in tables] for area, names in AREAS.items()}
    areas[_OTHER] = sorted(set(tables) - known)
    parts = [_HEADER]
    for area, names in areas.items():
        if names:
            parts.append(f"## {area}\n\n")
        parts += [
            _section(name, AREAS.get(area, {}).get(name, ""), tables[name], meanings[name]) for name in names
        ]
    return "".join(parts).rstrip() + "\n"


def _section(name: str, purpose: str, table: _Table, meanings: Mapping[str, str]) -> str:
    lines = [f"### {name}", ""]
    if purpose:
        lines += [purpose, ""]
    lines += ["| column | type | |", "|---|---|---|"]
    lines += [f"| `{column}` | {kind} | {meanings.get(column, '')} |" for column, kind in table.columns]
    rest = [*table.constraints, *table.indexes]
    if rest:
        lines += ["", *(f"- {each}" for each in rest)]
    return "\n".join(lines) + "\n\n"


def _tables(schema: Iterable[str]) -> dict[str, _Table]:
    found: defaultdict[str, _Table] = defaultdict(_Table)
    for line in schema:
        kind, _, rest = line.partition(" ")
        if kind == "column":
            name, _, spec = rest.partition(" ")
            table, _, column = name.partition(".")
            found[table].columns.append((column, spec.replace("|", "\\|")))
        elif kind == "constraint":
            table, _, spec = rest.partition(" ")
            found[table].constraints.append(f"`{spec}`")
        elif kind == "index":
            unique = "unique index" if " UNIQUE " in rest else "index"
            table = re.sub(r'^public\.|"', "", rest.partition(" ON ")[2].split(" USING ")[0])
            table = table.removeprefix("public.")
            found[table].indexes.append(f"{unique} `{rest.partition(' USING ')[2]}`")
    return dict(found)


def _meanings() -> defaultdict[str, dict[str, str]]:
    """What columns mean, by table: from the comments in the migrations, and of cases from their type."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for file in sorted(files("store").joinpath("migrations").iterdir(), key=lambda each: each.name):
        table = ""
        for line in file.read_text(encoding="utf-8").splitlines():
            begins = _OBJECT.match(line)
            if begins is not None:
                table = begins[1]
            commented = _COMMENTED.match(line)
            if commented is not None and table:
                found[table][commented[1]] = commented[2].replace("|", "\\|")
    found["case_file"] |= _of_cases()
    return found


def _of_cases() -> dict[str, str]:
    """What the fields of a case mean, by the docstring of its type; a field may refer to another."""
    attributes: dict[str, str] = {}
    name = ""
    for line in (getdoc(CaseState) or "").partition("Attributes:")[2].splitlines():
        begins = _ATTRIBUTE.match(line)
        if begins is not None:
            name = begins[1]
            attributes[name] = begins[2]
        elif name and line.strip():
            attributes[name] += f" {line.strip()}"
    meanings = {name: text.rstrip(".;") for name, text in attributes.items()}
    for beside in BY_EVENTS:
        with_it = [name for name, text in attributes.items() if f"`{beside}`" in text]
        if beside not in meanings and with_it:
            meanings[beside] = f"see `{with_it[0]}`"
    return meanings
