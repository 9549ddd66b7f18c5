"""Received messages, decoded and checked, on their way into one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Generic, TypeVar

import numpy as np

from ingest.errors import BadMessageError, Reason
from ingest.fixes import Fixes
from ingest.inbox import Arrival
from ingest.routes import Route
from ingest.rules.transitions import Transition
from wire.messages import Evidence, Frame, Incident, Status, Telemetry, as_datetime
from wire.partial import RefusedItem

MessageT = TypeVar("MessageT")

_ITEMS_ALONE: Final = 20
"""Refused items of one message that have a row of the quarantine each; the others share one."""
_NAMES_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Generic[MessageT]):
    """One decoded message that is not a fix.

    Attributes:
        ordinal: its place in the batch, counted from 0.
        route: who sent it.
        message: what it says.
        ahead: its time is ahead of our clock (ingest/times.py).
        retained: the broker had kept it; it says nothing about now (ADR 0141).
    """

    ordinal: int
    route: Route
    message: MessageT
    ahead: bool = False
    retained: bool = False


def heard_at_of(item: Item[Telemetry] | Item[Status] | Item[Frame], received_at: datetime) -> datetime:
    """When the sender of an item was heard: of what the broker had kept, when it was said at the latest."""
    return min(as_datetime(item.message.time), received_at) if item.retained else received_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One message that breaks a rule, or one item of it.

    Attributes:
        ordinal: its place in the batch, counted from 0.
        topic: as it came; not always text.
        payload: as it came.
        error: the rule it breaks.
        item: where the item stands in its message; None where the message is refused whole.
    """

    ordinal: int
    topic: bytes
    payload: bytes
    error: BadMessageError
    item: str | None = None


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
        ignored: places in the batch of messages that say nothing we keep: of foreign ones, and of empty ones,
            which clear what the broker had kept.
        retained: places in the batch of messages that the broker had kept.
        left_out: how many fixes lack which optional field because it was out of its range.
        transitions: what the rules made of it.
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
    retained: list[int] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    transitions: list[Transition] = field(default_factory=list)

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
            retained=[ordinal for ordinal in self.retained if start <= ordinal < end],
            transitions=[transition for transition in self.transitions if start <= transition.ordinal < end],
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
        self.transitions = [transition for transition in self.transitions if transition.ordinal not in gone]
        self.refusals = [refusal for refusal in self.refusals if refusal.ordinal not in gone]
        for ordinal in sorted(gone):
            self.note_refusal(ordinal, error)

    def note_refusal(self, ordinal: int, error: BadMessageError) -> None:
        """Send a message of which no part is in this batch to the quarantine."""
        topic, payload, _ = self.arrival.deliveries[ordinal]
        self.refusals.append(Refusal(ordinal=ordinal, topic=topic, payload=payload, error=error))

    def refuse_items(self, ordinal: int, items: Sequence[RefusedItem]) -> None:
        """Send some items of a message to the quarantine, and keep the others.

        Many share a row there, so that refusing them costs no more than storing them.

        Args:
            ordinal: which message.
            items: what of it.
        """
        topic = self.arrival.deliveries[ordinal][0]
        for number, item in enumerate(items[: _ITEMS_ALONE + 1]):
            rest = items[number:] if number == _ITEMS_ALONE else [item]
            names = ", ".join(each.item for each in rest)
            payloads = [each.payload for each in rest]
            reason = item.error.reason if isinstance(item.error, BadMessageError) else Reason.PAYLOAD
            text = str(item.error).removeprefix(f"{reason}: ")
            self.refusals.append(
                Refusal(
                    ordinal=ordinal,
                    topic=topic,
                    payload=payloads[0] if len(rest) == 1 else b"[" + b",".join(payloads) + b"]",
                    error=BadMessageError(reason, f"item {names[:_NAMES_CHARACTERS]}: {text}"),
                    item=names,
                )
            )
