"""The API's answers of the hotline's desk."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from center.cases.models import Case
from center.models import Time


class CallerContact(Struct, frozen=True, kw_only=True):
    """The contact of a caller.

    Attributes:
        public: whether the caller may be named to whoever handles the case.
    """

    name: str | None
    telephone: str | None
    email: str | None
    call_back: bool
    public: bool
    called_at: Time


class CallerContactList(Struct, frozen=True, kw_only=True):
    """The callers of a case, the last one first."""

    callers: list[CallerContact]


class ShiftCases(Struct, frozen=True, kw_only=True):
    """Cases of one kind.

    Attributes:
        total: how many there are, counted up to 10,000.
        first: the first ones.
    """

    total: int
    first: list[Case]


class Shift(Struct, frozen=True, kw_only=True):
    """What a shift leaves now, of the cases that the caller may see.

    Attributes:
        open: the open cases, those first that are due first; `overdue` likewise.
        urged: urged, and not answered.
        call_backs: ended, and a caller waits to be called back.
    """

    at: Time
    open: ShiftCases
    overdue: ShiftCases
    urged: ShiftCases
    call_backs: ShiftCases


class HandedOver(Struct, frozen=True, kw_only=True):
    """Cases of one kind when a shift was handed over; `numbers` has the first ones."""

    total: int
    numbers: list[str]


class Handover(Struct, frozen=True, kw_only=True):
    """A hand-over of a shift, as it was written then.

    Attributes:
        login: of the leaving shift lead.
        acknowledged_by: the login of the next one; null until then.
    """

    handover_id: int
    at: Time
    login: str
    name: str | None
    note: str
    open: HandedOver
    overdue: HandedOver
    urged: HandedOver
    call_backs: HandedOver
    acknowledged_at: Time | None
    acknowledged_by: str | None
    acknowledged_name: str | None


class HandoverPage(Struct, frozen=True, kw_only=True):
    """Some hand-overs, newest first."""

    handovers: list[Handover]
    next_cursor: str | None


STRUCTS: Final = (CallerContactList, Shift, Handover, HandoverPage)
"""What OpenAPI describes."""
