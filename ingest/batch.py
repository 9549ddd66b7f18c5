"""Received messages, decoded and checked, before they are stored in one transaction."""

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
"""Most refused items of one message with a quarantine row each; the others share one row."""
_NAMES_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Generic[MessageT]):
    """One decoded message other than a fix.

    Attributes:
        ordinal: its index in the batch, from 0.
        route: its sender and stream.
        message: the message.
        ahead: whether its time is ahead of our clock (ingest/times.py).
        retained: whether it is a retained message, which says nothing about now (ADR 0141).
    """

    ordinal: int
    route: Route
    message: MessageT
    ahead: bool = False
    retained: bool = False


def heard_at_of(item: Item[Telemetry] | Item[Status] | Item[Frame], received_at: datetime) -> datetime:
    """When the sender of an item was last heard; for a retained message, its own time if that is earlier."""
    return min(as_datetime(item.message.time), received_at) if item.retained else received_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One message that breaks a rule, or one item of it.

    Attributes:
        ordinal: its index in the batch, from 0.
        topic: as received; not always text.
        payload: as received.
        error: the rule that it breaks.
        item: the place of the item in its message; None if the whole message is refused.
    """

    ordinal: int
    topic: bytes
    payload: bytes
    error: BadMessageError
    item: str | None = None


@dataclass(slots=True, kw_only=True)
class Batch:
    """The decoded contents of one arrival.

    Attributes:
        arrival: the messages as received.
        received_at: epoch seconds.
        routes: each message's route; None if the topic is not ours.
        fixes: the rows of all position messages.
        telemetry: one item for each sample; a message may have several.
        statuses, stills, incidents, evidence: messages of these streams.
        refusals: messages and items that break a rule.
        ignored: indexes of messages without anything to store: some foreign messages, and empty ones, which
            clear a retained message.
        retained: indexes of retained messages.
        left_out: optional fields of fixes that were out of range, counted by field.
        transitions: the results of the rules.
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
        """The part of the batch with the messages from `start` up to, but not including, `end`."""
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
        """Refuse a whole message of this batch after it was read."""
        self.refuse_all([ordinal], error)

    def refuse_all(self, ordinals: Sequence[int], error: BadMessageError) -> None:
        """Refuse several messages for the same reason, as `refuse` does."""
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
        """Refuse a message of which nothing is in this batch."""
        topic, payload, _ = self.arrival.deliveries[ordinal]
        self.refusals.append(Refusal(ordinal=ordinal, topic=topic, payload=payload, error=error))

    def refuse_items(self, ordinal: int, items: Sequence[RefusedItem]) -> None:
        """Refuse some items of a message, and keep the others.

        If there are many, they share a row of the quarantine, so that refusing them costs no more than
        storing them.

        Args:
            ordinal: index of the message.
            items: the refused items.
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
