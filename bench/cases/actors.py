"""Many people act on few cases at once: is an event lost, or a state impossible?"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from cases import PERSONS_ROLES, ActionRefusedError, Actor, CaseError, CasePolicy, Rights, fold, timeline
from cases.workflow import Given
from casework import StaleCaseError, act
from casework.record import check_chains
from store.case_history import history
from store.connection import Connection, Pool

_KEPT_TO_ONE_CASE: Final = ("merge", "split")
"""Actions on two cases at once, which the count of events by case cannot follow."""
_GIVEN_LEFT_OUT: Final = 0.05
_REPEATED: Final = 0.05


@dataclass(slots=True)
class Outcome:
    """What came of it.

    Attributes:
        done: actions that were written, by case.
        refused: by the code of the refusal.
        unnamed: errors that are no refusal.
        repeated: requests that were sent twice; the second did nothing.
    """

    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unnamed: list[str] = field(default_factory=list)
    repeated: int = 0


async def act_for(
    pool: Pool,
    numbers: Sequence[str],
    *,
    actors: int,
    seconds: float,
    policy: CasePolicy,
    seed: int,
    min_actions: int = 0,
) -> dict[str, Any]:
    """Let people act on cases, and look at what they left.

    Args:
        pool: of connections; people wait for one as in the center.
        numbers: of the cases.
        actors: how many people.
        seconds: for how long.
        policy: the city's decisions.
        seed: of what they do.
        min_actions: they go on until so many were written, however slow the machine.

    Returns:
        Figures; without a fault `lost_events`, `impossible_states`, `differing_summaries` and `unnamed` are
        0, and `broken_chain` is null.
    """
    async with pool.acquire() as connection:
        before = await _counts(connection, numbers)
    outcome = Outcome()
    end = time.monotonic() + seconds
    began = time.monotonic()
    await asyncio.gather(
        *(
            _actor(
                pool,
                numbers,
                outcome,
                end=end,
                min_actions=min_actions,
                policy=policy,
                generator=random.Random(seed * 1000 + each),
            )
            for each in range(actors)
        )
    )
    took = time.monotonic() - began
    async with pool.acquire() as connection:
        after = await _counts(connection, numbers)
        faults = await _look_through(connection, numbers, policy)
        chains = await check_chains(connection)
    done = outcome.done.total()
    return {
        "actors": actors,
        "cases": len(numbers),
        "seconds": round(took, 1),
        "actions": done,
        "actions_per_s": round(done / took, 1),
        "repeated": outcome.repeated,
        "refused": dict(outcome.refused.most_common()),
        "lost_events": sum(abs(after[each] - before[each] - outcome.done[each]) for each in numbers),
        "impossible_states": faults["impossible"],
        "differing_summaries": faults["differing"],
        "unnamed": len(outcome.unnamed),
        "first_unnamed": outcome.unnamed[0] if outcome.unnamed else None,
        "broken_chain": str(chains.first_break) if chains.first_break else None,
    }


async def _actor(
    pool: Pool,
    numbers: Sequence[str],
    outcome: Outcome,
    *,
    end: float,
    min_actions: int,
    policy: CasePolicy,
    generator: random.Random,
) -> None:
    """One person: looks at a case, does what may be possible, sometimes with something missing, or twice."""
    person = Actor(
        name=f"actor-{generator.randrange(10**6)}",
        roles=frozenset(generator.sample(sorted(PERSONS_ROLES), 3)),
        departments=frozenset(map(policy.department_code, policy.departments)),
    )
    while time.monotonic() < end or outcome.done.total() < min_actions:
        number = generator.choice(numbers)
        async with pool.acquire() as connection:
            seen = await connection.fetchval("SELECT last_sequence FROM case_file WHERE number = $1", number)
        action = generator.choice([each for each in policy.workflow.actions if each not in _KEPT_TO_ONE_CASE])
        await asyncio.sleep(generator.random() * 0.02)  # they look before they act; others act meanwhile
        key, given = str(uuid4()), _given(action, policy, generator)
        for _ in range(2 if generator.random() < _REPEATED else 1):
            await _try(
                pool,
                outcome,
                number=number,
                action=action,
                given=given,
                seen=seen,
                key=key,
                person=person,
                policy=policy,
            )


async def _try(
    pool: Pool,
    outcome: Outcome,
    *,
    number: str,
    action: str,
    given: Given,
    seen: int,
    key: str,
    person: Actor,
    policy: CasePolicy,
) -> None:
    try:
        async with pool.acquire() as connection, connection.transaction():
            acted = await act(
                connection,
                number,
                action=action,
                given=given,
                actor=person,
                rights=Rights.shipped(),
                policy=policy,
                expected_sequence=seen,
                at=datetime.now(UTC),
                key=key,
            )
    except StaleCaseError:
        outcome.refused["stale_sequence"] += 1
    except ActionRefusedError as error:
        outcome.refused[error.code] += 1
    except Exception as error:  # noqa: BLE001 whatever else it is, it is a finding
        outcome.unnamed.append(f"{action}: {type(error).__name__}: {error}")
    else:
        if acted.repeated:
            outcome.repeated += 1
        else:
            outcome.done[number] += 1


def _given(action: str, policy: CasePolicy, generator: random.Random) -> Given:
    """What may be needed for any action; now and then nothing."""
    if generator.random() < _GIVEN_LEFT_OUT:
        return Given()
    answers = {
        "verify_answer": ("exists", "not_exists"),
        "check_answer": ("done", "not_done"),
        "call_back": ("content", "not_content"),
    }
    return Given(
        note="as seen",
        department=generator.choice(list(policy.departments)) if action == "dispatch" else None,
        assignee=f"handler-{generator.randrange(20)}"
        if action in {"assign", "verify", "check_request"}
        else None,
        until=datetime.now(UTC) + timedelta(days=30) if action == "suspend_request" else None,
        answer=generator.choice(answers[action]) if action in answers else None,
        evidence=("0" * 64,),
    )


async def _counts(connection: Connection, numbers: Sequence[str]) -> dict[str, int]:
    rows = await connection.fetch(
        "SELECT number, count(*) AS events FROM case_file JOIN case_event USING (case_id)"
        " WHERE number = ANY ($1::text[]) GROUP BY number",
        list(numbers),
    )
    return {row["number"]: row["events"] for row in rows}


async def _look_through(connection: Connection, numbers: Sequence[str], policy: CasePolicy) -> dict[str, int]:
    """Each step must be one of the workflow's, and the summary what the events add up to."""
    impossible = differing = 0
    for number in numbers:
        row = await connection.fetchrow("SELECT * FROM case_file WHERE number = $1", number)
        assert row is not None
        try:
            events = await history(connection, row["case_id"])
            stage: str | None = None
            for event, state in timeline(events):
                if stage is not None and not _is_possible(policy, event.action, stage, state.stage):
                    impossible += 1
                stage = state.stage
            state = fold(events)
        except CaseError:
            impossible += 1
            continue
        if (row["stage"], row["last_sequence"], row["closed_at"], row["holder"]) != (
            state.stage, state.sequence, state.closed_at, state.holder,
        ):  # fmt: skip
            differing += 1
    return {"impossible": impossible, "differing": differing}


def _is_possible(policy: CasePolicy, action: str, before: str, after: str) -> bool:
    steps = [step for step in policy.workflow.steps_from(before) if step.action == action]
    if not steps:  # what programs and devices do moves no case
        return before == after and action not in policy.workflow.actions
    return any(after == (step.to or before) for step in steps)
