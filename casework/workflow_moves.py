"""Moves a case to another workflow, or to another version of its own, as an event of its history."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from cases import ActionRefusedError, Actor, CaseEvent, CasePolicy, CaseState, Rights, fold
from cases.errors import RefusedBecause
from cases.workflow import Workflow
from cases.workflow.clocks import clocks_after, deadlines
from casework.errors import NoSuchCaseError
from casework.workflows import record
from store import cases as rows
from store.case_history import append, history
from store.connection import Connection


async def move_workflow(
    connection: Connection,
    number: str,
    *,
    to: Workflow,
    stage: str | None,
    actor: Actor,
    rights: Rights,
    policy: CasePolicy,
    at: datetime,
) -> CaseState:
    """Move a case to another workflow.

    Clocks that run in both stages go on; clocks that the new stage lacks end, and its other clocks start.

    Args:
        connection: in a transaction.
        number: the case.
        to: the new workflow.
        stage: the case's stage in it; None for the stage of the same name.
        actor: who moves it.
        rights: the table of rights in force.
        policy: the city's decisions.
        at: now.

    Raises:
        NoSuchCaseError: there is no such case.
        ActionRefusedError: no right to it, or there is no such stage, or an open case would end or an ended
        one
            be reopened.
    """
    found = await rows.lock_case_by_number(connection, number)
    if found is None:
        raise NoSuchCaseError(f"there is no case {number}")
    case_id, _ = found
    case = fold(await history(connection, case_id))
    if not rights.allows(actor, "case.move_workflow", stage=case.stage, district=case.district):
        raise ActionRefusedError(
            f"{actor.name} has no right to move case {number}; an administrator has it",
            code="not_allowed",
            because=RefusedBecause.NOT_ALLOWED,
        )
    await record(connection, to)
    event = CaseEvent(
        sequence=case.sequence + 1,
        at=at,
        actor=actor.name,
        action="move_workflow",
        sets=moved(case, to, stage or case.stage, policy=policy, at=at),
    )
    return await append(connection, case_id, case, [event])


def moved(case: CaseState, to: Workflow, stage: str, *, policy: CasePolicy, at: datetime) -> dict[str, Any]:
    """The fields of a case that its move to another workflow sets; pure.

    Raises:
        ActionRefusedError: there is no such stage, or an open case would end or an ended one be reopened.
    """
    target = to.stages.get(stage)
    if target is None:
        raise _refused(
            "no_stage", f"workflow {to.name} {to.version} has no stage {stage}; say which one replaces it"
        )
    if target.ended_as != case.ended_as:
        raise _refused("other_end", f"stage {stage} would end or reopen case {case.number}; choose another")
    if case.task is not None and case.task["kind"] not in to.clocks:
        raise _refused("task_out", f"case {case.number} has an open task; wait for the answer")
    after = replace(
        case, workflow=to.name, workflow_version=to.version, stage=target.name, holder=target.holder
    )
    sets = {name: getattr(after, name) for name in ("workflow", "workflow_version", "stage", "holder")}
    clocks = clocks_after(to, case, after, None, at, handling=policy.handling_limit(after))
    return sets | deadlines(clocks, policy.calendar)


def _refused(code: str, text: str) -> ActionRefusedError:
    return ActionRefusedError(text, code=code, because=RefusedBecause.INCOMPLETE)
