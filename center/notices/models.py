"""The API's answers about notices."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from center.cases.models import Case
from center.models import Time


class Notice(Struct, frozen=True, kw_only=True):
    """A notice to the caller about an event of a case.

    Attributes:
        id: grows with time.
        rule: of the city's `notices.toml`.
        addressee: `person/{login}`, `desk/{department}` or `role/{role}`; one acknowledgement counts for all
            members of a desk or a role.
        at: when the event happened.
        urgent: whether neither quiet hours nor a digest delayed its messages.
        case: its present state.
        acknowledged_by: a login; null while nobody has.
    """

    id: int
    rule: str
    title: str
    title_en: str
    addressee: str
    urgent: bool
    at: Time
    case: Case
    acknowledged_by: str | None
    acknowledged_at: Time | None


class NoticePage(Struct, frozen=True, kw_only=True):
    """Some notices, newest first.

    Attributes:
        next_cursor: for the next page; null on the last one.
    """

    notices: list[Notice]
    next_cursor: str | None


class Acknowledged(Struct, frozen=True, kw_only=True):
    """How many notices were acknowledged; those that already were are not counted."""

    acknowledged: int


class NoticeChannel(Struct, frozen=True, kw_only=True):
    """A channel on which the caller may have messages.

    Attributes:
        address: the caller's; null for none.
    """

    channel: str
    title: str
    title_en: str
    address: str | None


class NoticeSettings(Struct, frozen=True, kw_only=True):
    """Where and when the caller has messages about notices.

    Attributes:
        quiet_from: the beginning of the quiet hours, in the city's time, such as 22:00; `quiet_to` their end.
        own_quiet_hours: whether these are the caller's own, not the city's.
    """

    channels: list[NoticeChannel]
    quiet_from: str
    quiet_to: str
    own_quiet_hours: bool


STRUCTS: Final = (NoticePage, Acknowledged, NoticeSettings)
"""What OpenAPI describes."""
