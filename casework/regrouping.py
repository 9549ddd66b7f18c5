"""Merges a case into another of the same problem, and splits incidents off into a case of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from cases import ActionRefusedError, Actor, CaseEvent, CasePolicy, CaseState, Rights, fold, incidents
from cases.errors import RefusedBecause
from casework.opening import opening_of, place_of
from casework.report import Report
from store import cases as rows
from store.case_history import append, history
from store.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Regrouping:
    """Moves incidents between cases.

    Attributes:
        connection: in a transaction that has locked all cases concerned.
        case: the case that they leave, before the event.
        events: the number of that case's events so far.
        event: the decided action.
        policy: the city's decisions.
        actor: who acts.
        rights: the table of rights in force.
    """

    connection: Connection
    case: CaseState
    events: Sequence[CaseEvent]
    event: CaseEvent
    policy: CasePolicy
    actor: Actor
    rights: Rights

    async def merge(self, into: str) -> list[CaseEvent]:
        """Move all incidents to another case; returns the events of the case that ends.

        Raises:
            ActionRefusedError: there is no such case, or the actor may not read it (the same text); the actor
                has no right to merge cases there; or it has ended.
        """
        found = await rows.lock_case_by_number(self.connection, into)
        other = fold(await history(self.connection, found[0])) if found is not None else None
        if found is None or other is None or not self.rights.allows_on(other, self.actor, "case.read"):
            raise _refused("no_case_into", f"there is no case {into}; name the one that goes on")
        if not self.rights.allows_on(other, self.actor, "case.merge"):
            raise ActionRefusedError(
                f"{self.actor.name} has no right to merge anything into case {into}; ask an administrator",
                code="not_allowed",
                because=RefusedBecause.NOT_ALLOWED,
            )
        other_id, _ = found
        if other.ended_as is not None:
            raise _refused("into_has_ended", f"case {into} has ended; reopen it, or name another one")
        moved = sorted(incidents(self.events))
        joins = self._joins(moved, other.sequence, {"same": "merged", "from": self.case.number})
        if (
            joins
            and self.case.seen_at is not None
            and (other.seen_at or self.case.seen_at) <= self.case.seen_at
        ):
            seen = {"seen_at": self.case.seen_at, "restored_at": self.case.restored_at}
            joins[0] = replace(joins[0], sets={**joins[0].sets, **seen})
        if joins:
            await append(self.connection, other_id, other, joins)
        await rows.move_incidents(self.connection, moved, other_id)
        return self._leave(moved)

    async def split(self, wanted: Sequence[UUID]) -> list[CaseEvent]:
        """Move incidents to a new case; returns the events of the case that they leave.

        Raises:
            ActionRefusedError: the case does not have them, or would have none left.
        """
        held = incidents(self.events)
        strange = sorted(set(wanted) - held)
        if strange:
            raise _refused("no_incident", f"the case has no incident {strange[0]}; see its list of incidents")
        moved = sorted(set(wanted))
        if len(moved) == len(held):
            raise _refused(
                "nothing_remains", "the case would have no incident left; leave at least one in it"
            )
        found = await rows.newest_revisions(self.connection, moved)
        if len(found) < len(moved):
            raise _refused("no_incident", "an incident is no longer stored; leave it in its case")
        first = found[0]
        report = Report(
            incident_id=first.incident_id,
            revision=first.revision,
            actor=self.case.opener or self.event.actor,
            source=self.case.source or "rule",
            type=first.type,
            district=first.district,
            lon=first.lon,
            lat=first.lat,
            received_at=self.event.at,
            observed_at=first.observed_at,
            began_at=first.began_at,
            camera=first.camera,
            zone=first.zone,
            component=first.component,
        )
        place = await place_of(self.connection, report)
        opening = await opening_of(self.connection, report, place, self.policy)
        newest = max(found, key=lambda each: each.observed_at)
        opening |= {
            "split_from": self.case.number,
            "seen_at": newest.observed_at,
            "restored_at": newest.observed_at if newest.ended else None,
        }
        begins, *joins = self._joins(moved, 0, {"same": "split", "from": self.case.number})
        case_id = uuid4()
        opened = [replace(begins, action="open", sets=opening), *joins]
        await append(self.connection, case_id, None, opened)
        await rows.move_incidents(self.connection, moved, case_id)
        return self._leave(moved)

    def _joins(self, moved: Sequence[UUID], after: int, reason: dict[str, Any]) -> list[CaseEvent]:
        """The events of the case that gets the incidents."""
        return [
            CaseEvent(
                sequence=after + place,
                at=self.event.at,
                actor=self.event.actor,
                action="join",
                sets={"join_reason": reason},
                note=self.event.note,
                incident_id=incident_id,
            )
            for place, incident_id in enumerate(moved, start=1)
        ]

    def _leave(self, moved: Sequence[UUID]) -> list[CaseEvent]:
        """The events of the case that loses them; the first one is the decided action."""
        first = replace(self.event, incident_id=moved[0] if moved else None)
        others = [
            replace(
                self.event,
                sequence=self.event.sequence + place,
                sets={},
                evidence=(),
                incident_id=incident_id,
            )
            for place, incident_id in enumerate(moved[1:], start=1)
        ]
        return [first, *others]


def _refused(code: str, text: str) -> ActionRefusedError:
    return ActionRefusedError(text, code=code, because=RefusedBecause.INCOMPLETE)
