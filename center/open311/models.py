"""The API's answers about citizens' reports and API keys."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from center.models import Time


class PublicRequest(Struct, frozen=True, kw_only=True):
    """A citizen's report that belongs to a case.

    Attributes:
        service_request_id: its number for citizens.
        channel: its sender, `open311/{name of the key}`, or `public/page`.
        description: in the citizen's words; `address` likewise.
        files: digests of what came with it.
        words_released: whether the public may see its description and address.
    """

    service_request_id: str
    channel: str
    received_at: Time
    description: str | None
    address: str | None
    files: list[str]
    words_released: bool


class Publication(Struct, frozen=True, kw_only=True):
    """What the public may see of a case, besides its status.

    Attributes:
        requests: the citizens' reports of the case, the oldest first; without any, nothing is public.
        files: digests of the released pictures.
    """

    requests: list[PublicRequest]
    files: list[str]


class ApiKey(Struct, frozen=True, kw_only=True):
    """A key of a system that sends citizens' reports.

    Attributes:
        name: of the system.
        contact: whom to write to about it.
        per_minute: the maximum number of reports in a minute; `per_day`, in 24 hours.
        used_at: when its newest report came; null if none has.
        revoked_at: since when it opens nothing; null for a valid key.
    """

    name: str
    contact: str
    per_minute: int
    per_day: int
    issued_at: Time
    issued_by: str
    used_at: Time | None
    revoked_at: Time | None


class ApiKeyList(Struct, frozen=True, kw_only=True):
    """All keys that were ever issued."""

    keys: list[ApiKey]


class IssuedApiKey(Struct, frozen=True, kw_only=True):
    """A new key.

    Attributes:
        key: its text, which cannot be read again.
    """

    name: str
    key: str


STRUCTS: Final = (Publication, ApiKeyList, IssuedApiKey)
"""The answers; OpenAPI describes them and what they contain."""
