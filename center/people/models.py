"""The API's answers about sessions."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from center.models import Time


class SessionInfo(Struct, frozen=True, kw_only=True):
    """The session of the caller.

    Attributes:
        csrf_token: to be sent as `X-CSRF-Token` with every change.
        expires_at: when the session ends.
        idle_s: seconds without use after which it ends earlier; requests with `X-Background: true`, pictures
            and the live feed do not count as use.
        roles: of the account, including those of its person's post.
        rights: the actions that the account may do somewhere, such as `case.dispatch`.
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
