"""A case as a member of the staff sees it, and the member's action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An action that the centre allows on a case now.

    Attributes:
        needs: what must be given with it: note, reason, department, assignee, condition, until, answer,
            pictures …
        reasons: the reasons to choose from; empty for one in words.
        answers: the answers to choose from.
        primary: whether it is the usual next step.
    """

    needs: frozenset[str] = frozenset()
    reasons: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    primary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedCase:
    """A case as a member sees it.

    Attributes:
        number: its number for people.
        sequence: of its newest event.
        holder: the pool whose turn it is.
        source: how the city learned of it.
        department: the responsible one; `proposed`, the proposed one; `departments`, the possible ones.
        condition: of its code, if one was chosen.
        still_seen: whether a detector's latest report is that the problem is there.
        restored: whether a detector's latest report is that the place is restored.
        hours_left: until its deadline; negative if that has passed, None if no clock runs.
        reworks: how often it was reworked; `returns`, how often a department returned it.
        told: the actions of its history, each once.
        verified: the newest answer to a verification; `checked`, to a check.
        offers: the actions that the member may take, by name.
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
    """An action of a member on a case, and what the member gives with it.

    Attributes:
        pictures: number of pictures to send.
        pretended: whether the member claims that something is done although it is not.
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
