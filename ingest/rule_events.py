"""Writes the results of rules into the database: rule events, the states of conditions, and their cases.

All are written in the transaction that stores the messages that caused them. After a crash either both are
stored or neither, and the messages come again and cause the same.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from ingest.incident_cases import ApplyIncident, incident_row
from ingest.rules.condition_state import Condition, ConditionState
from ingest.rules.engine import RuleEngine
from ingest.rules.transitions import Transition
from ingest.senders import Sender
from store.connection import Connection
from store.quality import MISPLACED
from store.queries import load
from wire.messages import Incident, Phase

log = logging.getLogger(__name__)

_COMPONENT: Final = re.compile(r"[0-9]{16}", re.ASCII)


class RuleEventWriter:
    """Writes the engine's transitions, and restores the engine's state after a restart.

    Args:
        engine: evaluates the rules.
        apply_incident: opens, joins and restores cases.
    """

    def __init__(self, *, engine: RuleEngine, apply_incident: ApplyIncident) -> None:
        self._engine = engine
        self._apply_incident = apply_incident
        self._sql = load("rules")
        self._ingest_sql = load("ingest")
        self._rule_events_sql = load("rule_events")

    async def recall(
        self, connection: Connection, senders: Sequence[Sender], entities: Mapping[int, Sender]
    ) -> None:
        """Restore the stored state of entities that are heard for the first time.

        Args:
            connection: any.
            senders: all senders, by index.
            entities: the new entities, by their number in the database.
        """
        if not self._engine.rules:
            return
        self._engine.make_room(senders)
        for row in await connection.fetch(self._sql["recall_last"], list(entities)):
            index = entities[row["entity_id"]].index
            if row["fixed_at"] is not None:
                self._engine.recall_place(
                    index, time_s=row["fixed_at"].timestamp(), lat=row["lat"], lon=row["lon"]
                )
            if row["told_at"] is not None:
                self._engine.recall_telemetry(index, time_s=row["told_at"].timestamp())
        opening = [rule.name for rule in self._engine.rules if rule.opens_case is not None]
        for row in await connection.fetch(self._sql["recall_rule_states"], list(entities), opening):
            condition = Condition(
                state=ConditionState(row["stand"]),
                began_s=row["began_at"].timestamp(),
                fell_s=row["fell_at"].timestamp() if row["fell_at"] is not None else 0.0,
                evaluated_s=row["seen_at"].timestamp(),
            )
            index = entities[row["entity_id"]].index
            self._engine.recall(
                index, rule=row["rule"], area=row["area"], condition=condition, unplaced=row["unplaced"]
            )

    async def write(
        self, connection: Connection, transitions: Sequence[tuple[int, Transition]], received_at: datetime
    ) -> int:
        """Write transitions of entities, by their number in the database; repeats change nothing.

        Returns:
            The number of new rule events.
        """
        for entity, transition in transitions:
            if transition.placed:
                await self._report(connection, entity, transition, received_at)
        transitions = [(entity, transition) for entity, transition in transitions if not transition.placed]
        await self._set_states(connection, transitions)
        events = [
            (entity, transition) for entity, transition in transitions if transition.begun or transition.ended
        ]
        if not events:
            return 0
        new = await connection.fetch(
            self._sql["add_rule_events"],
            [entity for entity, _ in events],
            [_moment(transition.event_s) for _, transition in events],
            [_moment(transition.at_s) for _, transition in events],
            [transition.rule.name for _, transition in events],
            [transition.rule.__struct_config__.tag for _, transition in events],
            [transition.area for _, transition in events],
            [_phase(transition) for _, transition in events],
            [None if math.isnan(transition.lat) else transition.lat for _, transition in events],
            [None if math.isnan(transition.lon) else transition.lon for _, transition in events],
            [transition.value for _, transition in events],
            [transition.incident_id if transition.rule.opens_case else None for _, transition in events],
            received_at,
        )
        if new:
            await connection.execute(self._rule_events_sql["announce"])
        keys = {tuple(row) for row in new}
        for entity, transition in events:
            key = (
                entity,
                _moment(transition.event_s),
                transition.rule.name,
                transition.area,
                _phase(transition),
            )
            if transition.rule.opens_case and key in keys:
                await self._report(connection, entity, transition, received_at)
        return len(new)

    async def _set_states(
        self, connection: Connection, transitions: Sequence[tuple[int, Transition]]
    ) -> None:
        last = {
            (entity, transition.rule.name, transition.area): transition.condition
            for entity, transition in transitions
        }
        held = sorted((key, value) for key, value in last.items() if value is not None)
        off = sorted(key for key, value in last.items() if value is None)
        if held:
            await connection.execute(
                self._sql["set_rule_states"],
                *zip(*(key for key, _ in held), strict=True),
                [int(value.state) for _, value in held],
                [_moment(value.began_s) for _, value in held],
                [
                    _moment(value.fell_s) if value.state is ConditionState.FALLING else None
                    for _, value in held
                ],
                [_moment(value.evaluated_s) for _, value in held],
            )
        if off:
            await connection.execute(self._sql["clear_rule_states"], *zip(*off, strict=True))

    async def _report(
        self, connection: Connection, entity: int, transition: Transition, received_at: datetime
    ) -> None:
        """Store the incident of a rule event, with the case that it opens or restores."""
        assert transition.rule.opens_case is not None
        component = await connection.fetchval(self._sql["component_of_device"], entity)
        if component is not None and not _COMPONENT.fullmatch(component):
            component = None
        lat, lon = transition.lat, transition.lon
        if math.isnan(lat):
            place = await connection.fetchrow(self._sql["place_of_entity"], entity, component, int(MISPLACED))
            if place is None:
                _warn_of_no_place(transition)
                return
            lat, lon = place
        self._engine.waiting.remove(transition.sender.index, transition.rule.name, transition.area)
        incident = Incident(
            incident_id=transition.incident_id,
            revision=2 if transition.ended else 1,
            phase=Phase.ENDED if transition.ended else Phase.BEGUN,
            type=transition.rule.opens_case,
            observed_at=_moment(transition.at_s),
            began_at=_moment(transition.began_s),
            lat=lat,
            lon=lon,
            zone=transition.area or None,
            component=component,
            cues={} if transition.value is None else {transition.rule.name: transition.value},
        )
        source, district = f"{transition.sender.kind}/{transition.sender.id}", transition.sender.district
        row = incident_row(incident, source=source, district=district, received_at=received_at)
        if await connection.fetchval(self._ingest_sql["add_incident"], *row):
            await self._apply_incident(
                connection, incident, source=source, district=district, received_at=received_at,
                evidence_digests=(),
            )  # fmt: skip


def _warn_of_no_place(transition: Transition) -> None:
    """Log that a case could not be opened, and the remedy."""
    who = f"{transition.sender.kind}/{transition.sender.id}"
    if transition.ended:
        log.warning("%s of %s has ended without a case: its place was never known", transition.rule.name, who)
    elif transition.begun:
        log.warning(
            "the case of %s waits for the place of %s: let it publish a position, or name in its status a "
            "component that the city's map has", transition.rule.name, who,
        )  # fmt: skip


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _phase(transition: Transition) -> str:
    return "begun" if transition.begun else "ended"
