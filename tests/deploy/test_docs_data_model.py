"""The page of the data model has every table, and a meaning for each field of a case."""

from __future__ import annotations

import re

from cases.state import BY_EVENTS
from deploy.docs_data_model import AREAS, data_model_page
from store.schema_check import expected


def test_every_table_and_view_is_described_with_its_purpose() -> None:
    there = {line.split()[1] for line in expected() if line.startswith(("table ", "view "))}
    described = {name for area in AREAS.values() for name in area}
    assert there <= described, "say in deploy/docs_data_model.py what the new table is for"
    assert described <= there, "the table is gone; take it out of deploy/docs_data_model.py"


def test_every_field_of_a_case_is_explained() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| (.*) \|$", _section("case_file"), re.MULTILINE)
    unexplained = {name for name, meaning in rows if not meaning} & set(BY_EVENTS)
    assert not unexplained, "say in the docstring of cases.CaseState what they mean"


def test_keys_and_indexes_stand_below_their_table() -> None:
    section = _section("case_event")
    assert "- `PRIMARY KEY (case_id, sequence)`" in section
    assert "- unique index `btree (event_id)`" in section
    assert "SHA-256 over the hash of the event before it" in section


def _section(table: str) -> str:
    return data_model_page().partition(f"### {table}\n")[2].partition("\n### ")[0]
