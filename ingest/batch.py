"""Received messages, decoded and checked, on their way into one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

import numpy as np

from ingest.errors import BadMessageError
from ingest.fixes import Fixes
from ingest.inbox import Arrival
from ingest.routes import Route
from ingest.rules.turns import Turn
from wire.messages import Evidence, Frame, Incident, Status, Telemetry

MessageT = TypeVar("MessageT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Generic[MessageT]):
    """One decoded message that is not a fix.

    Attributes:
        ordinal: its place in the batch, counted from 0.
        route: who sent it.
        message: what it says.
        ahead: its time is ahead of our clock (ingest/times.py).
    """

    ordinal: int
    route: Route
    message: MessageT
    ahead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One message that breaks a rule.

    Attributes:
        ordinal: its place in the batch, counted from 0.
        topic: as it came; not always text.
        payload: as it came.
        error: the rule it breaks.
    """

    ordinal: int
    topic: bytes
    payload: bytes
    error: BadMessageError


@dataclass(slots=True, kw_only=True)
class Batch:
    """What one arrival of messages holds.

    Attributes:
        arrival: the messages as they came.
        received_at: when.
        routes: each message's route; None where the topic is not ours.
        fixes: the rows of all position messages.
        telemetry: one item a sample; a message may have several.
        statuses, stills, incidents, evidence: as named.
        refusals: what breaks a rule.
        ignored: places in the batch of foreign messages that say nothing we keep.
        turns: what the rules made of it.
    """

    arrival: Arrival
    received_at: datetime
    routes: list[Route | None]
    fixes: Fixes
    telemetry: list[Item[Telemetry]] = field(default_factory=list)
    statuses: list[Item[Status]] = field(default_factory=list)
    stills: list[Item[Frame]] = field(default_factory=list)
    incidents: list[Item[Incident] | Item[Evidence]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    ignored: list[int] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)

    @property
    def only_fixes(self) -> bool:
        """Whether all messages are positions that obey the rules."""
        return not (
            self.telemetry or self.statuses or self.stills or self.incidents or self.refusals or self.ignored
        )

    def between(self, start: int, end: int) -> Batch:
        """The part of the batch with the messages from `start` up to but not including `end`."""
        rows = (self.fixes.message >= start) & (self.fixes.message < end)
        return Batch(
            arrival=self.arrival,
            received_at=self.received_at,
            routes=self.routes,
            fixes=self.fixes.rows(rows),
            telemetry=[item for item in self.telemetry if start <= item.ordinal < end],
            statuses=[item for item in self.statuses if start <= item.ordinal < end],
            stills=[item for item in self.stills if start <= item.ordinal < end],
            incidents=[item for item in self.incidents if start <= item.ordinal < end],
            refusals=[refusal for refusal in self.refusals if start <= refusal.ordinal < end],
            ignored=[ordinal for ordinal in self.ignored if start <= ordinal < end],
            turns=[turn for turn in self.turns if start <= turn.ordinal < end],
        )

    def refuse(self, ordinal: int, error: BadMessageError) -> None:
        """Send a message of this batch to the quarantine after all, with all its parts."""
        self.refuse_all([ordinal], error)

    def refuse_all(self, ordinals: Sequence[int], error: BadMessageError) -> None:
        """Likewise several, for the same reason."""
        if not ordinals:
            return
        gone = frozenset(ordinals)
        self.fixes = self.fixes.rows(~np.isin(self.fixes.message, list(gone)))
        self.telemetry = [item for item in self.telemetry if item.ordinal not in gone]
        self.statuses = [item for item in self.statuses if item.ordinal not in gone]
        self.stills = [item for item in self.stills if item.ordinal not in gone]
        self.incidents = [item for item in self.incidents if item.ordinal not in gone]
        self.turns = [turn for turn in self.turns if turn.ordinal not in gone]
        for ordinal in sorted(gone):
            topic, payload, _ = self.arrival.deliveries[ordinal]
            self.refusals.append(Refusal(ordinal=ordinal, topic=topic, payload=payload, error=error))
