"""What the center answers about sessions."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from center.models import Time


class SessionInfo(Struct, frozen=True, kw_only=True):
    """Who is signed on.

    Attributes:
        csrf_token: to be sent as `X-CSRF-Token` with every change.
        expires_at: when one must sign on again.
        idle_s: seconds without use after which one must do so before; requests with `X-Background: true`,
            pictures and the live feed are no use.
        roles: of the account, those of its person's post included.
        rights: the actions that the account may take somewhere, such as `case.dispatch`.
        department: the code of the department of its person.
        districts: where it works; empty for everywhere.
    """

    login: str
    display_name: str
    csrf_token: str
    expires_at: Time
    idle_s: float
    roles: list[str]
    rights: list[str]
    department: str | None
    districts: list[str]


STRUCTS: Final = (SessionInfo,)
"""What OpenAPI describes."""
