"""A case as it is offered to somebody, and the move that they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An action that the centre allows somebody to take on a case now.

    Attributes:
        needs: what must be given with it: note, reason, department, assignee, condition, until, answer,
            pictures …
        reasons: of which one can be given; empty for one in words.
        answers: of which one must be given.
        primary: it is the usual next step.
    """

    needs: frozenset[str] = frozenset()
    reasons: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    primary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedCase:
    """A case as somebody sees it.

    Attributes:
        number: its name to people.
        sequence: of its newest event.
        holder: the pool whose turn it is.
        source: how the city heard of it.
        department: who is responsible; `proposed`, whom the rules propose; `departments`, who could be.
        condition: of its code, where one is named.
        still_seen: a detector's last word is that the problem is there.
        restored: a detector's last word is that the place was put right.
        hours_left: until its deadline; negative if that has passed, None while no clock runs.
        reworks: how often it came back; `returns`, how often a department returned it.
        told: the actions of its history, each once.
        verified: the newest answer to a verification; `checked`, to a check.
        offers: what the one who looks can do, by action.
    """

    number: str
    sequence: int
    holder: str
    source: str | None = None
    department: str | None = None
    proposed: str | None = None
    departments: tuple[str, ...] = ()
    condition: str | None = None
    still_seen: bool = False
    restored: bool = False
    hours_left: float | None = None
    reworks: int = 0
    returns: int = 0
    told: frozenset[str] = frozenset()
    verified: str | None = None
    checked: str | None = None
    offers: Mapping[str, Offer] = field(default_factory=dict)

    @property
    def is_overdue(self) -> bool:
        """Whether its deadline has passed."""
        return self.hours_left is not None and self.hours_left < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What somebody does with a case, and what they give with it.

    Attributes:
        pictures: how many they send.
        pretended: they say that it is done, and it is not.
    """

    action: str
    note: str | None = None
    reason: str | None = None
    department: str | None = None
    assignee: str | None = None
    condition: str | None = None
    until: datetime | None = None
    answer: str | None = None
    pictures: int = 0
    pretended: bool = False


def hours_until(deadline: datetime | None, now: datetime) -> float | None:
    """Hours until a deadline."""
    return None if deadline is None else (deadline - now).total_seconds() / 3600
