"""Cases that people open from rule events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import asyncpg

from casework import open_by_hand
from casework.city_policy import CurrentPolicy
from center.database import Database
from center.models import EntityKind
from center.people.caller import Caller
from center.web.answers import Refusal
from store.queries import load
from wire.messages import Incident, Phase

_SQL = load("rule_events")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEventKey:
    """The key of a rule event."""

    kind: EntityKind
    id: str
    rule: str
    area: str
    phase: str
    time: datetime


class RuleEventCases:
    """Opens cases from rule events, in the database.

    Args:
        database: holds rule events and cases.
        policy: the incident types.
        clock: returns now, aware.
    """

    def __init__(self, *, database: Database, policy: CurrentPolicy, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._policy = policy
        self._clock = clock

    async def open(
        self, key: RuleEventKey, *, incident_type: str, reporter: Caller, note: str | None
    ) -> tuple[str, bool]:
        """The number of the case of a rule event, and whether it is new; a rule event has one case at most.

        Args:
            key: the rule event.
            incident_type: a type of the city's policy, or the kind of the rule.
            reporter: who opens it.
            note: the person's note.

        Raises:
            Refusal: 404, there is no such rule event; 422, there is no such type, or the place is unknown.
            DatabaseAwayError: the database is unreachable; the case may have been opened.
        """
        async with self._database.changing() as connection:
            await connection.execute(_SQL["lock"], repr(key))
            found = await connection.fetchrow(
                _SQL["one"], key.kind, key.id, key.rule, key.area, key.phase, key.time
            )
            if found is None:
                raise Refusal(404, "no_rule_event", "there is no such finding; read the list again")
            if not reporter.scope("case.report").contains(district=found["district"]):
                raise Refusal(404, "no_rule_event", "there is no such finding; read the list again")
            row = (found["entity_id"], key.rule, key.area, key.phase, key.time)
            number: str | None = await connection.fetchval(_SQL["case_number"], *row)
            if number is not None:
                return number, False
            change = await open_by_hand(
                connection,
                self._incident(key, found, incident_type),
                actor=reporter.login,
                district=found["district"],
                note=_note(key, note),
                at=(now := self._clock()),
                policy=self._policy(),
            )
            await connection.execute(_SQL["add_case"], *row, change.case_id, reporter.login, now)
            await connection.execute(_SQL["announce"])
            return change.number, True

    def _incident(self, key: RuleEventKey, found: asyncpg.Record, incident_type: str) -> Incident:
        if incident_type not in self._policy().rules and incident_type != found["watches"]:
            known = ", ".join((*self._policy().rules, found["watches"]))
            raise Refusal(
                422, "no_incident_type", f"there is no incident type {incident_type!r}; there are {known}"
            )
        if found["lat"] is None:
            raise Refusal(
                422, "no_place", f"the place of {key.kind}/{key.id} is unknown; it has sent no position yet"
            )
        return Incident(
            incident_id=uuid4(),
            revision=1,
            phase=Phase.BEGUN,
            type=incident_type,
            observed_at=found["decided_at"],
            began_at=key.time,
            lat=found["lat"],
            lon=found["lon"],
            zone=key.area or None,
            component=found["component"],
            cues={} if found["value"] is None else {key.rule: found["value"]},
        )


def _note(key: RuleEventKey, note: str | None) -> str:
    """A description of the rule event, followed by the person's note."""
    found = " · ".join(part for part in (f"{key.kind}/{key.id}", key.rule, key.area) if part)
    return found if note is None else f"{found}\n{note}"
