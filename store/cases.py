"""Cases in the database: what incidents make of them, and what people do with them.

A case's history is append-only; its row is the fold over that history (`cases.fold`), kept for questions.
Everything happens in the caller's transaction, which must be READ COMMITTED (the default): after waiting for
another's lock, its work is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

import asyncpg

from cases import Action, CaseError, CaseEvent, CasePolicy, CaseState, Stage, advance, fold, step
from store.connection import Connection
from store.queries import load
from wire.messages import Incident, Phase, as_datetime

_SQL = load("cases")


class Change(StrEnum):
    """What an incident did to a case; `NONE` when that revision had been told already."""

    OPENED = "opened"
    JOINED = "joined"
    UPDATED = "updated"
    RESTORED = "restored"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChange:
    """The case that an incident belongs to now, and what it did to it."""

    case_id: UUID
    number: str
    change: Change


class NoSuchCaseError(CaseError):
    """There is no case of that number."""


class StaleCaseError(CaseError):
    """The case has changed since it was looked at; look again, then decide.

    Args:
        sequence: of its newest event.
    """

    def __init__(self, number: str, *, expected: int, sequence: int) -> None:
        super().__init__(
            f"case {number} has moved on (event {sequence}, you saw {expected}); look again, then decide"
        )
        self.sequence = sequence


async def apply_incident(
    connection: Connection,
    incident: Incident,
    *,
    source: str,
    district: str,
    received_at: datetime,
    evidence_digests: Sequence[str],
    policy: CasePolicy,
) -> CaseChange:
    """Open, join or update the case of an incident.

    The first report of a problem opens a case; another incident of the same problem (the same type at the
    same component, or in the same zone of a camera) joins it while it is open. Revisions may come in any
    order: the one observed last says whether the place is restored. An end without a beginning still opens a
    case, for there was a problem. Repeats change nothing.

    Args:
        connection: in the transaction that stores the incident.
        incident: one revision.
        source: `{kind}/{id}` of who reported it.
        district: 6 digits.
        received_at: when it came in; the case counts from then.
        evidence_digests: of the pictures that came with it.
        policy: the city's decisions.

    Raises:
        CodeError: the component's code isn't well formed.
    """
    report = _Report(
        incident=incident,
        source=source,
        district=district,
        received_at=received_at,
        evidence=tuple(evidence_digests),
    )
    await connection.execute(_SQL["lock_problem"], str(incident.incident_id), _problem(incident))
    own: UUID | None = await connection.fetchval(_SQL["case_of_incident"], incident.incident_id)
    case_id = own or await _open_case_of(connection, incident)
    events: list[CaseEvent] = []
    change = Change.UPDATED
    if case_id is None:
        case_id, change = uuid4(), Change.OPENED
        number = await _open(connection, case_id, report, policy)
    else:
        number = await connection.fetchval(_SQL["lock_case"], case_id)
        if await connection.fetchval(_SQL["revision_is_told"], incident.incident_id, incident.revision):
            return CaseChange(case_id=case_id, number=number, change=Change.NONE)
        events = await history(connection, case_id)
        if own is None:
            change = Change.JOINED
    if own is None:
        await connection.execute(_SQL["add_case_incident"], incident.incident_id, case_id)
    state = fold(events) if events else None
    await _append(connection, case_id, number, state, report.events(state, change))
    if change is Change.UPDATED and incident.phase is Phase.ENDED:
        change = Change.RESTORED
    return CaseChange(case_id=case_id, number=number, change=change)


async def act(
    connection: Connection,
    number: str,
    *,
    action: Action,
    actor: str,
    note: str | None,
    department: str | None,
    expected_sequence: int,
    at: datetime,
) -> CaseState:
    """Take a case one step further.

    Args:
        connection: in a transaction.
        number: the case.
        action: what somebody does.
        actor: their sign-on name.
        note: why; some actions need it.
        department: who becomes responsible; some actions need it.
        expected_sequence: of the newest event that they saw.
        at: now.

    Returns:
        Where the case stands after it.

    Raises:
        NoSuchCaseError: there is no such case.
        StaleCaseError: it has changed since they looked.
        ActionRefusedError: its stage doesn't allow it, or something is missing.
    """
    row = await connection.fetchrow(_SQL["lock_case_by_number"], number)
    if row is None:
        raise NoSuchCaseError(f"there is no case {number}")
    if row["last_sequence"] != expected_sequence:
        raise StaleCaseError(number, expected=expected_sequence, sequence=row["last_sequence"])
    state = fold(await history(connection, row["case_id"]))
    event = CaseEvent(
        sequence=state.sequence + 1,
        at=at,
        actor=actor,
        action=action,
        stage=step(state.stage, action, department=department, note=note),
        department=department,
        note=note,
    )
    return await _append(connection, row["case_id"], number, state, [event])


async def history(connection: Connection, case_id: UUID) -> list[CaseEvent]:
    """All events of a case, in order."""
    return [
        CaseEvent(
            sequence=row["sequence"],
            at=row["at"],
            actor=row["actor"],
            action=Action(row["action"]),
            stage=Stage(row["stage"]),
            department=row["department"],
            note=row["note"],
            observed_at=row["observed_at"],
            incident_id=row["incident_id"],
            revision=row["revision"],
            evidence=tuple(row["evidence"]),
        )
        for row in await connection.fetch(_SQL["events_of_case"], case_id)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """One revision of an incident, as it came in."""

    incident: Incident
    source: str
    district: str
    received_at: datetime
    evidence: tuple[str, ...]

    def events(self, state: CaseState | None, change: Change) -> list[CaseEvent]:
        """What it tells the case.

        An end that also opens or joins is two events; the second carries the revision and the pictures.
        """
        firsts = {Change.OPENED: Action.OPEN, Change.JOINED: Action.JOIN}
        told = [firsts[change]] if change in firsts else []
        if self.incident.phase is Phase.ENDED:
            told.append(Action.RESTORE)
        elif not told:
            told.append(Action.UPDATE)
        *before, last = (
            CaseEvent(
                sequence=sequence,
                at=self.received_at,
                actor=self.source,
                action=action,
                stage=state.stage if state is not None else Stage.OPENED,
                observed_at=self._seen(self.incident.began_at),
                incident_id=self.incident.incident_id,
            )
            for sequence, action in enumerate(told, start=(state.sequence if state is not None else 0) + 1)
        )
        last = replace(
            last,
            observed_at=self._seen(self.incident.observed_at),
            revision=self.incident.revision,
            evidence=self.evidence,
        )
        return [*before, last]

    def _seen(self, moment: float | datetime) -> datetime:
        """When it was seen; not after it was received, whatever the sender's clock says."""
        return min(as_datetime(moment), self.received_at)


async def _open_case_of(connection: Connection, incident: Incident) -> UUID | None:
    """The open case of the same problem."""
    if incident.component is not None:
        row = await connection.fetchrow(_SQL["open_case_of_component"], incident.type, incident.component)
    elif incident.camera is not None:
        row = await connection.fetchrow(
            _SQL["open_case_of_zone"], incident.type, incident.camera, incident.zone
        )
    else:
        row = None
    return None if row is None else row["case_id"]


async def _open(connection: Connection, case_id: UUID, report: _Report, policy: CasePolicy) -> str:
    incident = report.incident
    component: asyncpg.Record | None = None
    if incident.component is not None:
        component = await connection.fetchrow(_SQL["find_component"], incident.component)
    lon, lat = (component["lon"], component["lat"]) if component else (incident.lon, incident.lat)
    opening = policy.opening(
        incident.type,
        at=report.received_at,
        component=incident.component,
        known_class=(component["code_set"], component["class"]) if component else None,
    )
    grid_cell = await connection.fetchval(_SQL["find_grid_cell"], lon, lat)
    day = policy.numbering.day(report.received_at)
    number = policy.numbering.number(day, await connection.fetchval(_SQL["next_number"], day))
    await connection.execute(
        _SQL["add_case"],
        case_id,
        number,
        str(opening.category),
        opening.code_set,
        opening.code,
        incident.type,
        incident.component,
        incident.camera,
        incident.zone,
        report.district,
        grid_cell,
        lon,
        lat,
        str(Stage.OPENED),
        report.received_at,
        opening.deadline_at,
    )
    return number


async def _append(
    connection: Connection, case_id: UUID, number: str, state: CaseState | None, added: Sequence[CaseEvent]
) -> CaseState:
    """Append to the history and keep the row what it adds up to."""
    for event in added:
        state = advance(state, event)
        await connection.execute(
            _SQL["add_event"],
            case_id,
            event.sequence,
            event.at,
            event.actor,
            str(event.action),
            str(event.stage),
            event.department,
            event.note,
            event.observed_at,
            event.incident_id,
            event.revision,
            list(event.evidence),
        )
    assert state is not None
    await connection.execute(
        _SQL["set_state"],
        case_id,
        str(state.stage),
        state.department,
        state.restored_at,
        state.closed_at,
        state.sequence,
        state.changed_at,
    )
    await connection.execute(_SQL["announce"], number)
    return state


def _problem(incident: Incident) -> str:
    """What makes two reports the same problem; without a component or a camera each incident is its own."""
    if incident.component is not None:
        return f"{incident.type} {incident.component}"
    if incident.camera is not None:
        return f"{incident.type}  {incident.camera} {incident.zone or ''}"
    return str(incident.incident_id)
