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
        "case_event": "The history of cases: append-only, chained by hashes. It yields the other tables.",
        "case_file": "The state of each case, computed from its events (`streetwarden cases rebuild`).",
        "case_incident": "The case of each incident, computed from the events.",
        "case_number_counter": "The newest case number of each day.",
        "case_request": "Requests with an idempotency key; a repeat gets the same answer.",
        "case_evidence": "Pictures of a case, with time and uploader.",
        "case_summary": "A case for lists and maps: with street, picture and number of reports.",
        "workflow_version": "Each workflow version with which a case was opened.",
        "rule_event_case": "The case that a person opened from a rule event.",
        "camera_fault": "Camera faults that have begun and not ended.",
    },
    "Documents": {
        "document": "Issued documents with their texts; the PDF is evidence.",
        "document_counter": "The newest number of each form in each year.",
        "document_void": "Documents that were declared void, by whom, when and why.",
    },
    "Exchange with other systems": {
        "case_change": "The change feed: the position of each event of a case.",
        "case_change_pending": "Events that are committed and have no position in the feed yet.",
        "webhook": "Subscriptions of other systems to the feed, and other platforms.",
        "webhook_dead_letter": "Changes whose delivery was given up.",
        "platform_case": "Cases that came from another platform.",
        "platform_message": "Messages that came from other platforms; a repeated one does nothing.",
    },
    "Notices": {
        "notice_outbox": "Events of cases of which nobody has been told yet.",
        "notice": "Who is told of what: one row for each event, rule and addressee.",
        "notice_recipient": "The accounts that a notice went to.",
        "notice_preference": "Where and when each person wants messages about notices.",
        "notice_delivery": "Messages about notices that wait, were sent, or were given up.",
        "notice_acknowledgement": "Who acknowledged a notice first, and when.",
    },
    "Incidents and evidence": {
        "incident": "Incidents reported by devices, rules and people: one row for each revision.",
        "evidence": "Evidence by digest; the files themselves are in object storage.",
        "shift_handover": "What a shift leaves to the next, with its note and who acknowledged it.",
        "report_caller": "The caller of a report that came by telephone or in writing.",
        "service_request": "Citizens' reports with their public numbers (GeoReport v2, the public page).",
        "released_file": "Pictures that an acceptor released for the public.",
        "api_key": "Keys of the systems that send citizens' reports; only their hashes.",
        "open_condition": "Conditions of foreign cameras that are true now, with their incidents.",
    },
    "Positions and readings": {
        "entity": "Senders: vehicles, persons, devices, cameras, boxes.",
        "position": "Fixes with their quality flags; a hypertable.",
        "latest_position": "The newest good fix of each entity.",
        "telemetry": "Readings; a hypertable.",
        "latest_telemetry": "The newest reading of each entity.",
        "device_status": "The newest status of each device.",
        "presence": "Presence marks: who was in which cell of space and time; a hypertable.",
        "position_hour": "Positions by the hour, kept for ever.",
        "position_hour_due": "Hours that must be rolled up again.",
        "hourly_positions": "Positions by the hour, including hours that are not rolled up yet.",
        "rule_event": "Rule events; a hypertable.",
        "rule_state": "The state of each rule condition for each entity.",
        "camera_still": "The newest still of each camera.",
    },
    "People": {
        "operator": "Accounts: login, password hash, roles, scope.",
        "account": "Accounts with their persons, as sign-on reads them.",
        "person": "People of the city.",
        "post": "Which person has which post in which department.",
        "department_former_name": "Names that departments had before.",
        "department_word": "All that cases may call a department.",
        "department": "Departments, as a tree.",
        "duty": "Who is on duty, when, and for which grid cells.",
        "rights_entry": "The table of rights, row by row.",
        "rights_version": "The version of the table of rights, so that programs notice a change.",
        "session": "Sessions of the console.",
        "audit_log": "The audit log: access to personal data, and changes by administrators.",
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
        "maintenance": "The last results of maintenance.",
        "backup": "Runs of `streetwarden backup`.",
        "quarantine": "Refused messages with their reasons.",
        "ingest_session": "Session leases: which ingest uses which MQTT session.",
        "broker_run": "Starts of the broker, as seen by ingest.",
        "pgqueuer": "Jobs that wait for a worker.",
        "pgqueuer_log": "The results of jobs.",
        "pgqueuer_schedules": "Recurring jobs with their next due time.",
        "pgqueuer_statistics": "Counts of finished jobs.",
    },
}
"""The purpose of each table or view, by area."""

_OTHER: Final = "Further tables"
_HEADER: Final = """# Data model

*Generated by `scripts/docs` from `store/schema.txt`, which is generated from a migrated database; do not
edit.*

For whoever reads the database. The tables, as PostgreSQL describes them. Migrations are in
[`store/migrations/`](../store/migrations); [`store/grants.sql`](../store/grants.sql) says which program may
read and write a table. The state of a case is computed from its events: see [ADR
0170](decisions/0170-events-say- what-they-set.md) and [ADR 0171](decisions/0171-the-record-is-chained.md).

"""
_OBJECT: Final = re.compile(r"^\s*(?:CREATE TABLE|CREATE VIEW|ALTER TABLE) (?:IF EXISTS )?(\w+)")
_COMMENTED: Final = re.compile(r"^\s+(?:ADD COLUMN )?([a-z_][a-z0-9_]*)\s+[a-z].*?--\s*(\S.*)$")
_ATTRIBUTE: Final = re.compile(r"^    (\w+): (.+)$")


@dataclass(slots=True)
class _Table:
    """One table or view of the schema description."""

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
    """The meaning of columns by table: from the comments in the migrations, and for cases from their type."""
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
    """The meaning of a case's fields, from the docstring of its type; a field may refer to another."""
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
