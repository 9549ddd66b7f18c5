"""What the rules found, into the database: events, where conditions stand, and the cases they open.

All of it is written in the transaction that stores the messages which made it, so that after a crash either
both are there or neither, and the messages that come again fire what they would have fired.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from ingest.incident_cases import ApplyIncident, incident_row
from ingest.rules.sustained import Held, Stand
from ingest.rules.turns import Turn
from ingest.rules.watch import Watch
from ingest.senders import Sender
from store.connection import Connection
from store.quality import MISPLACED
from store.queries import load
from wire.messages import Incident, Phase

log = logging.getLogger(__name__)

_COMPONENT: Final = re.compile(r"[0-9]{16}", re.ASCII)


class Events:
    """Writes turns, and recalls them after a restart.

    Args:
        watch: what follows the stream.
        desk: what makes cases.
    """

    def __init__(self, *, watch: Watch, desk: ApplyIncident) -> None:
        self._watch = watch
        self._desk = desk
        self._sql = load("events")
        self._ingest_sql = load("ingest")
        self._rule_events_sql = load("rule_events")

    async def recall(
        self, connection: Connection, senders: Sequence[Sender], entities: Mapping[int, Sender]
    ) -> None:
        """Tell the watch what the database knows of entities which have just been heard for the first time.

        Args:
            connection: any.
            senders: everyone, by index.
            entities: those in question, by their number in the database.
        """
        if not self._watch.rules:
            return
        self._watch.make_room(senders)
        for row in await connection.fetch(self._sql["recall_last"], list(entities)):
            index = entities[row["entity_id"]].index
            if row["fixed_at"] is not None:
                self._watch.recall_place(
                    index, time_s=row["fixed_at"].timestamp(), lat=row["lat"], lon=row["lon"]
                )
            if row["told_at"] is not None:
                self._watch.recall_telemetry(index, time_s=row["told_at"].timestamp())
        opening = [rule.name for rule in self._watch.rules if rule.opens_case is not None]
        for row in await connection.fetch(self._sql["recall_rule_states"], list(entities), opening):
            held = Held(
                stand=Stand(row["stand"]),
                began_s=row["began_at"].timestamp(),
                fell_s=row["fell_at"].timestamp() if row["fell_at"] is not None else 0.0,
                seen_s=row["seen_at"].timestamp(),
            )
            index = entities[row["entity_id"]].index
            self._watch.recall(index, rule=row["rule"], area=row["area"], held=held, unplaced=row["unplaced"])

    async def write(
        self, connection: Connection, turns: Sequence[tuple[int, Turn]], received_at: datetime
    ) -> int:
        """Write turns of entities by their number; repeats change nothing.

        Returns:
            How many events are new.
        """
        for entity, turn in turns:
            if turn.placed:
                await self._report(connection, entity, turn, received_at)
        turns = [(entity, turn) for entity, turn in turns if not turn.placed]
        await self._set_states(connection, turns)
        events = [(entity, turn) for entity, turn in turns if turn.begun or turn.ended]
        if not events:
            return 0
        new = await connection.fetch(
            self._sql["add_rule_events"],
            [entity for entity, _ in events],
            [_moment(turn.event_s) for _, turn in events],
            [_moment(turn.at_s) for _, turn in events],
            [turn.rule.name for _, turn in events],
            [turn.rule.__struct_config__.tag for _, turn in events],
            [turn.area for _, turn in events],
            [_phase(turn) for _, turn in events],
            [None if math.isnan(turn.lat) else turn.lat for _, turn in events],
            [None if math.isnan(turn.lon) else turn.lon for _, turn in events],
            [turn.value for _, turn in events],
            [turn.incident_id if turn.rule.opens_case else None for _, turn in events],
            received_at,
        )
        if new:
            await connection.execute(self._rule_events_sql["announce"])
        keys = {tuple(row) for row in new}
        for entity, turn in events:
            key = (entity, _moment(turn.event_s), turn.rule.name, turn.area, _phase(turn))
            if turn.rule.opens_case and key in keys:
                await self._report(connection, entity, turn, received_at)
        return len(new)

    async def _set_states(self, connection: Connection, turns: Sequence[tuple[int, Turn]]) -> None:
        last = {(entity, turn.rule.name, turn.area): turn.held for entity, turn in turns}
        held = sorted((key, value) for key, value in last.items() if value is not None)
        off = sorted(key for key, value in last.items() if value is None)
        if held:
            await connection.execute(
                self._sql["set_rule_states"],
                *zip(*(key for key, _ in held), strict=True),
                [int(value.stand) for _, value in held],
                [_moment(value.began_s) for _, value in held],
                [_moment(value.fell_s) if value.stand is Stand.FALLING else None for _, value in held],
                [_moment(value.seen_s) for _, value in held],
            )
        if off:
            await connection.execute(self._sql["clear_rule_states"], *zip(*off, strict=True))

    async def _report(self, connection: Connection, entity: int, turn: Turn, received_at: datetime) -> None:
        """Make an incident of an event, with the case it opens or restores."""
        assert turn.rule.opens_case is not None
        component = await connection.fetchval(self._sql["component_of_device"], entity)
        if component is not None and not _COMPONENT.fullmatch(component):
            component = None
        lat, lon = turn.lat, turn.lon
        if math.isnan(lat):
            place = await connection.fetchrow(self._sql["place_of_entity"], entity, component, int(MISPLACED))
            if place is None:
                _warn_of_no_place(turn)
                return
            lat, lon = place
        self._watch.has_place(turn.sender.index, rule=turn.rule.name, area=turn.area)
        incident = Incident(
            incident_id=turn.incident_id,
            revision=2 if turn.ended else 1,
            phase=Phase.ENDED if turn.ended else Phase.BEGUN,
            type=turn.rule.opens_case,
            observed_at=_moment(turn.at_s),
            began_at=_moment(turn.began_s),
            lat=lat,
            lon=lon,
            zone=turn.area or None,
            component=component,
            cues={} if turn.value is None else {turn.rule.name: turn.value},
        )
        source, district = f"{turn.sender.kind}/{turn.sender.id}", turn.sender.district
        row = incident_row(incident, source=source, district=district, received_at=received_at)
        if await connection.fetchval(self._ingest_sql["add_incident"], *row):
            await self._desk(
                connection, incident, source=source, district=district, received_at=received_at,
                evidence_digests=(),
            )  # fmt: skip


def _warn_of_no_place(turn: Turn) -> None:
    """Say that a case was not opened, and what to do."""
    who = f"{turn.sender.kind}/{turn.sender.id}"
    if turn.ended:
        log.warning("%s of %s has ended without a case: its place was never known", turn.rule.name, who)
    elif turn.begun:
        log.warning(
            "the case of %s waits for the place of %s: let it publish a position, or name in its status a "
            "component that the city's map has", turn.rule.name, who,
        )  # fmt: skip


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _phase(turn: Turn) -> str:
    return "begun" if turn.begun else "ended"
