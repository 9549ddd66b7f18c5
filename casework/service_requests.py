"""A citizen's report, by GeoReport v2 or the public page: a person's report with a number of its own.

The number is random, so that nobody counts or guesses the reports of a city. A report keeps its number, and
its own words and pictures, when its case is merged or split.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from cases import CasePolicy
from cases.public_services import PublicService
from casework.by_person import About, Caller, PersonsReport, district_of, report_by_person
from casework.errors import ReusedKeyError
from casework.requests import digest_of
from store.case_evidence import KeptFile
from store.connection import Connection
from store.queries import load

_SQL = load("service_requests")
_LOCKS = load("workflows")

SOURCE: Final = "citizen"
PAGE: Final = "public/page"
"""The channel of the public page."""

_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: nothing that is misread or misheard."""
_LENGTH: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicReport:
    """A citizen's report.

    Attributes:
        condition: the key of the code's condition; None if the citizen chose none.
        lat: degrees, WGS 84; `lon` likewise.
        component: 16 digits.
        description: in the citizen's words; `address` likewise.
        media_url: an address of a picture; it is shown to acceptors and never fetched.
    """

    service: PublicService
    condition: str | None = None
    lat: float
    lon: float
    component: str | None = None
    description: str | None = None
    address: str | None = None
    media_url: str | None = None
    caller: Caller | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A report that was taken in.

    Attributes:
        service_request_id: its number for citizens.
        new: False for a repeated request.
    """

    service_request_id: str
    new: bool


async def report_by_citizen(
    connection: Connection,
    said: PublicReport,
    *,
    channel: str,
    files: Sequence[KeptFile],
    policy: CasePolicy,
    at: datetime,
    token: str | None = None,
    key: str | None = None,
) -> Taken:
    """Take in a citizen's report, which waits for an acceptor like every person's report.

    Args:
        connection: in a transaction.
        said: the report.
        channel: its sender, `open311/{name of the key}` or `PAGE`.
        files: already stored.
        policy: the city's decisions.
        at: now.
        token: with which its sender may read all of it; None for nobody.
        key: the idempotency key of the request; a repeat changes nothing.

    Raises:
        NoDistrictError: the place is in no cell of the unit grid.
        CodeError: there is no such condition on that day, or the component's code is malformed.
        ReusedKeyError: the key belongs to another request.
    """
    request = digest_of("service_request", said, [file.digest for file in files])
    if key is not None:
        await connection.execute(_LOCKS["lock_request"], channel, key)
        earlier = await connection.fetchrow(_SQL["earlier"], channel, key)
        if earlier is not None:
            if earlier["request"] != request:
                raise ReusedKeyError(f"the idempotency key {key!r} belongs to another report; make a new key")
            return Taken(service_request_id=earlier["service_request_id"], new=False)
    report = PersonsReport(
        source=SOURCE,
        about=About(
            category=said.service.category,
            code_set=said.service.code_set,
            code=said.service.code,
            condition=said.condition,
        ),
        lat=said.lat,
        lon=said.lon,
        description="\n".join(part for part in (said.description, said.address, said.media_url) if part)
        or None,
        component=said.component,
        caller=said.caller,
    )
    change = await report_by_person(
        connection,
        report,
        actor=channel,
        district=await district_of(connection, report),
        files=files,
        policy=policy,
        at=at,
    )
    number = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    await connection.execute(
        _SQL["add"],
        number,
        change.incident_id,
        channel,
        key,
        request,
        None if token is None else token_hash(token),
        said.service.service_code,
        said.service.name.name,
        said.service.name.name_en,
        said.description,
        said.address,
        said.lon,
        said.lat,
        [file.digest for file in files],
        at,
    )
    return Taken(service_request_id=number, new=True)


def token_hash(token: str) -> bytes:
    """The hash of a follow token, as in the table."""
    return sha256(token.encode()).digest()
