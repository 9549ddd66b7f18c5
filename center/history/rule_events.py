"""The list of rule events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

import asyncpg
import msgspec
from msgspec import Meta

from center.database import Database
from center.history.models import RuleEvent, RuleEventPage
from center.models import EntityKind
from center.web import cursors
from store.history import EntityRef
from store.queries import load

_Text = Annotated[str, Meta(max_length=64)]
_Number = Annotated[int, Meta(ge=0, lt=2**31)]
_CURSOR: Final = msgspec.json.Decoder(tuple[Annotated[datetime, Meta(tz=True)], _Number, _Text, _Text, _Text])
_SQL = load("rule_events")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEventFilter:
    """The filter of the list; None means any.

    Attributes:
        districts: rule events about entities of these districts.
        staff_districts: rule events about members of staff only of these districts.
    """

    rule: str | None = None
    entity: EntityRef | None = None
    kind: EntityKind | None = None
    watches: str | None = None
    phase: str | None = None
    districts: frozenset[str] | None = None
    staff_districts: frozenset[str] | None = None


class RuleEvents:
    """Rule events in the database.

    Args:
        database: holds them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, chosen: RuleEventFilter, begin: datetime, end: datetime, *, limit: int, cursor: str | None
    ) -> RuleEventPage:
        """A page of rule events of a period, newest first."""
        key = cursors.read(cursor, _CURSOR, (end, 0, "", "", ""))
        async with self._database.reading() as connection:
            found = await connection.fetch(
                _SQL["listed"], begin, end, chosen.rule, chosen.entity.entity_id if chosen.entity else None,
                chosen.kind, chosen.watches, chosen.phase, *key, limit + 1,
                None if chosen.districts is None else sorted(chosen.districts),
                None if chosen.staff_districts is None else sorted(chosen.staff_districts),
            )  # fmt: skip
        page = found[:limit]
        following = None
        if len(found) > limit:
            last = page[-1]
            following = cursors.write(
                (last["time"], last["entity_id"], last["rule"], last["area"], last["phase"])
            )
        return RuleEventPage(events=[rule_event(row) for row in page], next_cursor=following)


def rule_event(row: asyncpg.Record) -> RuleEvent:
    """A row of `newest` or `listed` of store/queries/rule_events.sql."""
    return RuleEvent(
        kind=EntityKind(row["kind"]),
        incident_id=str(row["incident_id"]) if row["incident_id"] else None,
        **{name: row[name] for name in RuleEvent.__struct_fields__ if name not in {"kind", "incident_id"}},
    )
