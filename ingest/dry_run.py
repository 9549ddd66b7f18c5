"""Shows what ingest makes of one message, with ingest's own code, without a broker and a database.

Translation, limits, times and quality flags are ingest's; nothing is decided here. Messages are tried in
order, as ingest would receive them, so a jump is a jump from the fix before. Duplicates, rules and cases need
the database, and are not shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec
import numpy as np

from ingest.adapters.conditions import ConditionReport
from ingest.adapters.table import AnyAdapter, Table
from ingest.authority import Authority
from ingest.batch import Batch, Item
from ingest.fix_quality import LastFixes, flag_fixes
from ingest.inbox import Arrival
from ingest.interpret import interpret
from ingest.packets import Delivery, Retained
from ingest.routes import Routes
from ingest.settings import Limits
from store.quality import Quality
from wire.messages import Evidence, Frame, Incident, Phase, Status, Telemetry, as_epoch
from wire.topics import Topic

_LEFT_OUT: Final = frozenset({"time", "observed_at", "taken_at", "jpeg", "data", "pictures"})
_OF_WHAT_ENDS: Final = frozenset({"incident_id", "revision", "began_at"})
"""Stands for the id of an incident that a condition's end ends; only the database knows it."""
_FIX_FIELDS: Final = ("lat", "lon", "speed_mps", "heading_deg", "altitude_m", "accuracy_m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One row that ingest would store.

    Attributes:
        stream: `position`, `telemetry`, `status`, `frame`, `incident` or `evidence`.
        kind: kind of the sender: `vehicle`, `person`, `device`, `camera` or `box`.
        id: id of the sender.
        district: district of the sender, six digits.
        time: epoch seconds; for an incident when it was observed.
        values: the other fields by their names on the wire; for telemetry the readings; positions in WGS-84.
        flags: quality flags, such as `FUTURE`.
    """

    stream: str
    kind: str
    id: str
    district: str
    time: float
    values: dict[str, Any]
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result for one message.

    Attributes:
        fate: `read`; `ignored` if nothing in it is to be stored; `refused` if no part of it can be stored;
            `unknown topic` if the topic is not ours and no adapter reads it.
        adapter: index of its table in the settings' `[[adapters]]`, from 1; None for a topic of ours.
        reads: that table's `reads`.
        parts: the rows.
        reasons: why items were refused; a message may have both parts and reasons.
    """

    fate: Literal["read", "ignored", "refused", "unknown topic"]
    adapter: int | None
    reads: str | None
    parts: tuple[Part, ...]
    reasons: tuple[str, ...]


class DryRun:
    """Tries messages, in order.

    Args:
        adapters: as in the settings.
        limits: as in the settings.
        authority: the rights of accounts on our own topics.
    """

    def __init__(
        self,
        adapters: Sequence[AnyAdapter],
        limits: Limits = Limits(),  # noqa: B008 frozen
        authority: Authority | None = None,
    ) -> None:
        self._adapters = tuple(adapters)
        self._limits = limits
        self._routes = Routes(Table(adapters), authority)
        self._last_fixes = LastFixes()

    def take(self, topic: str, payload: bytes, *, now: float, retained: bool = False) -> Outcome:
        """Interpret one message received at `now` (epoch seconds), retained or not."""
        name = topic.encode()
        delivery: Delivery = (name, Retained(payload) if retained else payload, 1)
        arrival = Arrival(link=_NoLink(), deliveries=[delivery], received_at=now)
        batch = interpret(arrival, self._routes, now=now, limits=self._limits)
        self._last_fixes.make_room(len(self._routes.senders))
        flag_fixes(batch.fixes, self._last_fixes, now=now, limits=self._limits)
        adapter = self._routes.foreign.find(name)
        place = (
            None
            if adapter is None
            else next(i for i, each in enumerate(self._adapters, 1) if each is adapter)
        )
        parts = (*self._fixes(batch), *map(_part, _items(batch)))
        fate: Literal["read", "ignored", "refused", "unknown topic"] = "refused"
        if parts:
            fate = "read"
        elif batch.ignored:
            fate = "ignored"
        elif adapter is None and not topic.startswith("sw/"):
            fate = "unknown topic"
        return Outcome(
            fate=fate,
            adapter=place,
            reads=None if adapter is None else str(adapter.__struct_config__.tag),
            parts=parts,
            reasons=tuple(
                f"{refusal.item}: {refusal.error}" if refusal.item else str(refusal.error)
                for refusal in batch.refusals
            ),
        )

    def _fixes(self, batch: Batch) -> list[Part]:
        fixes, found = batch.fixes, []
        for row in range(len(fixes)):
            sender = self._routes.senders[int(fixes.sender[row])]
            values: dict[str, Any] = {
                name: float(getattr(fixes, name)[row])
                for name in _FIX_FIELDS
                if not np.isnan(getattr(fixes, name)[row])
            }
            if fixes.ignition[row] >= 0:
                values["ignition"] = bool(fixes.ignition[row])
            found.append(
                Part(
                    stream="position",
                    kind=sender.kind,
                    id=sender.id,
                    district=sender.district,
                    time=float(fixes.time_us[row]) / 1e6,
                    values=values,
                    flags=tuple(str(flag.name) for flag in Quality if fixes.flags[row] & flag),
                )
            )
        return found


def _items(batch: Batch) -> list[Item[Any]]:
    return [*batch.telemetry, *batch.statuses, *batch.stills, *batch.incidents]


def _part(item: Item[Any]) -> Part:
    topic: Topic = item.route.topic
    message = item.message
    if isinstance(message, Telemetry):
        values, left_out = message.values, frozenset[str]()
    else:
        values, left_out = msgspec.to_builtins(message), _LEFT_OUT
    if isinstance(message, ConditionReport) and message.phase is Phase.ENDED:
        left_out |= _OF_WHAT_ENDS
    return Part(
        stream=topic.stream,
        kind=topic.kind,
        id=topic.id,
        district=topic.district,
        time=_moment(message),
        values={name: value for name, value in values.items() if name not in left_out},
        flags=tuple(
            str(flag.name)
            for flag, set_ in ((Quality.FUTURE, item.ahead), (Quality.RETAINED, item.retained))
            if set_
        ),
    )


def _moment(message: Telemetry | Status | Frame | Incident | Evidence) -> float:
    if isinstance(message, Incident):
        return as_epoch(message.observed_at)
    return as_epoch(message.taken_at if isinstance(message, Evidence) else message.time)


class _NoLink:
    """The link of a message that came over no connection."""

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Do nothing: no broker waits for it."""

    def pause_reading(self) -> None:
        """Do nothing: nothing is read."""

    def resume_reading(self) -> None:
        """Do nothing: nothing is read."""


def rfc3339(moment: float) -> str:
    """A time for people: RFC 3339 in UTC, with milliseconds."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
