"""Actions of people and programs on a case: decided by its workflow, written as an event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cases import Actor, CaseEvent, CasePolicy, CaseState, Rights, fold
from cases.workflow import Given, decide
from casework.assignees import refuse_unfit
from casework.dispatching import by_code
from casework.errors import NoSuchCaseError, StaleCaseError
from casework.regrouping import Regrouping
from casework.requests import Answer, digest_of, find_answer, keep_answer
from casework.workflows import record, workflow_of
from store import cases as rows
from store.case_history import append, history
from store.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """The result of an action.

    Attributes:
        case_id: the case; None if the request was a repeat.
        sequence: of the newest event that it wrote.
        state: of the case after it; None if the request was a repeat.
        repeated: whether the action had been performed before, so that nothing was done now.
    """

    case_id: UUID | None
    number: str
    sequence: int
    state: CaseState | None
    repeated: bool


async def act(
    connection: Connection,
    number: str,
    *,
    action: str,
    given: Given,
    actor: Actor,
    rights: Rights,
    policy: CasePolicy,
    expected_sequence: int | None,
    at: datetime,
    key: str | None = None,
) -> Acted:
    """Perform an action on a case.

    Args:
        connection: in a transaction.
        number: the case.
        action: the action.
        given: what the actor gives with it.
        actor: who acts.
        rights: the table of rights in force.
        policy: the city's decisions.
        expected_sequence: of the newest event that the actor saw; None for programs, which read and act in
            one transaction.
        at: now.
        key: the idempotency key of the request. Only a performed action is remembered; a refused one is
            decided again.

    Raises:
        ReusedKeyError: the key belongs to another request.
        NoSuchCaseError: there is no such case.
        StaleCaseError: the case has changed since the actor saw it.
        ActionRefusedError: the workflow refuses it, for the reason in its code.
    """
    request = digest_of(number, action, given, expected_sequence)
    if key is not None:
        done = await find_answer(connection, actor.name, key, request)
        if done is not None:
            return Acted(case_id=None, number=done.number, sequence=done.sequence, state=None, repeated=True)
    if given.into is not None:  # two cases are always locked in the same order
        await rows.lock_case_by_number(connection, min(number, given.into))
    found = await rows.lock_case_by_number(connection, number)
    if found is None:
        raise NoSuchCaseError(f"there is no case {number}")
    case_id, last_sequence = found
    if expected_sequence not in {None, last_sequence}:
        raise StaleCaseError(number, expected=expected_sequence or 0, sequence=last_sequence)
    events = await history(connection, case_id)
    case = fold(events)
    workflow = await workflow_of(connection, case, policy)
    await record(connection, workflow)
    as_seen, given = await by_code(connection, case, given, policy)
    sets = decide(workflow, as_seen, action, given, actor=actor, rights=rights, now=at, policy=policy)
    if given.assignee is not None and not actor.is_system:
        await refuse_unfit(connection, case, action, given.assignee)
    event = CaseEvent(
        sequence=case.sequence + 1,
        at=at,
        actor=actor.name,
        action=action,
        sets=sets,
        note=given.note,
        evidence=given.evidence,
    )
    added = [event]
    moving = Regrouping(
        connection=connection,
        case=case,
        events=events,
        event=event,
        policy=policy,
        actor=actor,
        rights=rights,
    )
    if action == "merge" and given.into is not None:
        added = await moving.merge(given.into)
    elif action == "split":
        added = await moving.split(given.incidents)
    state = await append(connection, case_id, case, added)
    if key is not None:
        answer = Answer(number, state.sequence)
        await keep_answer(connection, actor.name, key, request, answer, at=at)
    return Acted(case_id=case_id, number=number, sequence=state.sequence, state=state, repeated=False)
