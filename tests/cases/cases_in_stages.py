"""A case as it may stand in some stage, for tests of what is decided about it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cases import Actor, CasePolicy, Role
from cases.state import CaseState
from cases.workflow import Holder, Workflow, beginning
from cases.workflow.clocks import clocks_after, deadlines

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
"""A Tuesday, 12:00 in Shanghai."""

LATER = NOON + timedelta(minutes=10)
POLICY = CasePolicy.load()
DEPARTMENT, OTHER = list(POLICY.departments)[:2]


def case_in(workflow: Workflow, stage: str, **fields: Any) -> CaseState:
    """A case that came to a stage somehow; its clocks run as of NOON."""
    bare = CaseState(
        number="SW202611240001",
        category="component",
        code_set="A",
        code="0114",
        type="cover_missing",
        condition="1",
        source="patrol",
        district="320582",
        lon=120.5,
        lat=31.8,
        opener="zhao",
        reported_at=NOON,
        stage="",
        sequence=1,
        changed_at=NOON,
    )
    found = workflow.stages[stage]
    held = found.holder in {Holder.DEPARTMENT, Holder.HANDLER}
    begun = replace(
        bare,
        **beginning(workflow, bare, trusted=True, now=NOON, policy=POLICY),
        department=DEPARTMENT if held else None,
        assignee="chen" if found.holder is Holder.HANDLER else None,
    )
    there = replace(
        begun,
        stage=stage,
        holder=found.holder,
        ended_as=found.ended_as,
        closed_at=NOON if found.ended_as is not None else None,
    )
    limit = POLICY.handling_limit(there)
    clocks = clocks_after(workflow, None, there, None, NOON, handling=limit)
    return replace(there, **{**deadlines(clocks, POLICY.calendar), **fields})


def person(*roles: Role, name: str = "li", **fields: Any) -> Actor:
    return Actor(name=name, roles=frozenset(roles), **fields)
