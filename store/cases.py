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
from typing import Final
from uuid import UUID, uuid4

import asyncpg
from msgspec import structs

from cases import (
    FLOOD_TYPE,
    Action,
    CaseError,
    CaseEvent,
    CasePolicy,
    CaseState,
    FloodLimits,
    Stage,
    fold,
    sees_case,
    step,
)
from store.case_history import append, history
from store.connection import Connection
from store.queries import load
from wire.messages import Incident, Phase, as_datetime

_SQL = load("cases")

LONGEST_HISTORY: Final = 2000
"""A case with so many events takes no more reports: they are stored as incidents, and nothing else. Each
report reads the whole history; one account with a hundred thousand revisions would stop all others."""

_GATHERED_MOST: Final = 200
"""So many reports of a flood are in its case; what follows is stored as an incident, and nothing else."""


class Change(StrEnum):
    """What an incident did to a case; `NONE` when that revision had been told already.

    `GATHERED`: its source reports more than it may open cases for, and it is in the case of that flood; or
    its case has more reports than anybody reads, and it is stored beside it.
    """

    OPENED = "opened"
    JOINED = "joined"
    UPDATED = "updated"
    RESTORED = "restored"
    GATHERED = "gathered"
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
    flood: FloodLimits = FloodLimits(),  # noqa: B008 frozen
    sees_place: bool = False,
) -> CaseChange:
    """Open, join or update the case of an incident.

    The first report of a problem opens a case; another incident of the same problem (the same type at the
    same component, or in the same zone of a camera) joins it while it is open. Revisions may come in any
    order: the one observed last says whether the place is restored. An end without a beginning still opens a
    case, for there was a problem. Repeats change nothing.

    That the place is put right counts from who may see it: who opened the case, or the case's camera, or
    another camera within reach of the component. From others it is told in the history and counts as nothing.
    A source that reports more than its limit opens no further cases; one case gathers what else it reports.

    Args:
        connection: in the transaction that stores the incident.
        incident: one revision.
        source: `{kind}/{id}` of who reported it.
        district: 6 digits.
        received_at: when it came in; the case counts from then.
        evidence_digests: of the pictures that came with it.
        policy: the city's decisions.
        flood: how many cases one source may open.
        sees_place: whether the component it names is known to lie within reach of its camera.

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
    counts = True
    if case_id is None:
        if await _floods(connection, report, flood):
            return await _gather(connection, report, policy, flood)
        case_id, change = uuid4(), Change.OPENED
        number = await _open(connection, case_id, report, policy)
    else:
        row = await connection.fetchrow(_SQL["lock_case"], case_id)
        assert row is not None
        number = row["number"]
        if row["last_sequence"] >= LONGEST_HISTORY:
            return CaseChange(case_id=case_id, number=number, change=Change.GATHERED)
        if await connection.fetchval(_SQL["revision_is_told"], incident.incident_id, incident.revision):
            return CaseChange(case_id=case_id, number=number, change=Change.NONE)
        events = await history(connection, case_id)
        counts = row["flood_of"] is None and sees_case(
            source=source,
            camera=incident.camera,
            sees_component=sees_place,
            opened_by=events[0].actor,
            case_camera=row["camera"],
        )
        if own is None:
            change = Change.JOINED
    if own is None:
        await connection.execute(_SQL["add_case_incident"], incident.incident_id, case_id)
    state = fold(events) if events else None
    await append(connection, case_id, number, state, report.events(state, change, counts=counts))
    if change is Change.UPDATED and incident.phase is Phase.ENDED and counts:
        change = Change.RESTORED
    return CaseChange(case_id=case_id, number=number, change=change)


async def open_by_hand(
    connection: Connection,
    incident: Incident,
    *,
    actor: str,
    district: str,
    note: str,
    at: datetime,
    policy: CasePolicy,
) -> CaseChange:
    """Open the case of an incident that a person reports, or join the open case of the same problem.

    Args:
        connection: in a transaction.
        incident: its first revision; nobody has reported it before.
        actor: their sign-on name.
        district: 6 digits.
        note: why, for the case's history.
        at: now; the case counts from then.
        policy: the city's decisions.

    Raises:
        CodeError: the component's code isn't well formed.
    """
    report = _Report(incident=incident, source=actor, district=district, received_at=at, evidence=())
    await connection.execute(_SQL["lock_problem"], str(incident.incident_id), _problem(incident))
    await connection.execute(
        _SQL["add_incident"], incident.incident_id, incident.revision, str(incident.phase), incident.type,
        f"operator/{actor}", district, report.seen(incident.observed_at), report.seen(incident.began_at), at,
        incident.lon, incident.lat, incident.zone, incident.component, incident.confidence, incident.cues,
    )  # fmt: skip
    case_id = await _open_case_of(connection, incident)
    state: CaseState | None = None
    if case_id is None:
        case_id, change = uuid4(), Change.OPENED
        number = await _open(connection, case_id, report, policy)
    else:
        row = await connection.fetchrow(_SQL["lock_case"], case_id)
        assert row is not None
        number, change = row["number"], Change.JOINED
        state = fold(await history(connection, case_id))
    await connection.execute(_SQL["add_case_incident"], incident.incident_id, case_id)
    event = CaseEvent(
        sequence=1 if state is None else state.sequence + 1,
        at=at,
        actor=actor,
        action=Action.OPEN if state is None else Action.JOIN,
        stage=Stage.OPENED if state is None else state.stage,
        note=note,
        observed_at=report.seen(incident.observed_at),
        incident_id=incident.incident_id,
        revision=incident.revision,
    )
    await append(connection, case_id, number, state, [event])
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
    return await append(connection, row["case_id"], number, state, [event])


NOT_COUNTED: Final = "reported as put right, which does not count: the source may not see this place"
"""The note of an end that changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """One revision of an incident, as it came in."""

    incident: Incident
    source: str
    district: str
    received_at: datetime
    evidence: tuple[str, ...]

    def events(self, state: CaseState | None, change: Change, *, counts: bool) -> list[CaseEvent]:
        """What it tells the case.

        An end that also opens or joins is two events; the second carries the revision and the pictures. An
        end of who may not see the place (`counts` is false) is told without a moment: it changes nothing.
        """
        ended = self.incident.phase is Phase.ENDED
        firsts = {Change.OPENED: Action.OPEN, Change.JOINED: Action.JOIN}
        told = [firsts[change]] if change in firsts else []
        if ended and counts:
            told.append(Action.RESTORE)
        elif ended or not told:
            told.append(Action.UPDATE)
        *before, last = (
            CaseEvent(
                sequence=sequence,
                at=self.received_at,
                actor=self.source,
                action=action,
                stage=state.stage if state is not None else Stage.OPENED,
                observed_at=self.seen(self.incident.began_at),
                incident_id=self.incident.incident_id,
            )
            for sequence, action in enumerate(told, start=(state.sequence if state is not None else 0) + 1)
        )
        last = replace(
            last,
            observed_at=None if ended and not counts else self.seen(self.incident.observed_at),
            note=NOT_COUNTED if ended and not counts else None,
            revision=self.incident.revision,
            evidence=self.evidence,
        )
        return [*before, last]

    def of_flood(self) -> _Report:
        """The same, about no camera and no component: what opens the case of a flood."""
        incident = structs.replace(
            self.incident, type=FLOOD_TYPE, camera=None, zone=None, component=None, phase=Phase.BEGUN
        )
        return replace(self, incident=incident)

    def seen(self, moment: float | datetime) -> datetime:
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


async def _floods(connection: Connection, report: _Report, limits: FloodLimits) -> bool:
    """Whether its source reports more than it may open cases for; nobody else opens one for it meanwhile."""
    await connection.execute(_SQL["lock_source"], report.source)
    observed_at = min(as_datetime(report.incident.observed_at), report.received_at)
    recent = await connection.fetchrow(
        _SQL["recent_reports"], report.source, observed_at, report.received_at, limits.within
    )
    assert recent is not None
    return limits.exceeded(incidents=recent["incidents"], opened=recent["opened"])


async def _gather(
    connection: Connection, report: _Report, policy: CasePolicy, limits: FloodLimits
) -> CaseChange:
    """Put a report into the open case of its source's flood, or open that."""
    incident = report.incident
    row = await connection.fetchrow(_SQL["open_flood_of"], report.source)
    if row is None:
        case_id, state, note = uuid4(), None, limits.note(report.source)
        number = await _open(connection, case_id, report.of_flood(), policy, flood_of=report.source)
    else:
        case_id, number, note = row["case_id"], row["number"], None
        if row["reports"] >= _GATHERED_MOST:
            return CaseChange(case_id=case_id, number=number, change=Change.GATHERED)
        state = fold(await history(connection, case_id))
    await connection.execute(_SQL["add_case_incident"], incident.incident_id, case_id)
    event = CaseEvent(
        sequence=1 if state is None else state.sequence + 1,
        at=report.received_at,
        actor=report.source,
        action=Action.OPEN if state is None else Action.JOIN,
        stage=Stage.OPENED if state is None else state.stage,
        note=note,
        incident_id=incident.incident_id,
        revision=incident.revision,
        evidence=report.evidence,
    )
    await append(connection, case_id, number, state, [event])
    return CaseChange(case_id=case_id, number=number, change=Change.GATHERED)


async def _open(
    connection: Connection,
    case_id: UUID,
    report: _Report,
    policy: CasePolicy,
    *,
    flood_of: str | None = None,
) -> str:
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
        flood_of,
    )
    return number


def _problem(incident: Incident) -> str:
    """What makes two reports the same problem; without a component or a camera each incident is its own."""
    if incident.component is not None:
        return f"{incident.type} {incident.component}"
    if incident.camera is not None:
        return f"{incident.type}  {incident.camera} {incident.zone or ''}"
    return str(incident.incident_id)
