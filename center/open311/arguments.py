"""The arguments of requests by GeoReport v2: read and checked. Pure.

By the specification, an argument that is empty counts as not given, and an unknown one is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar
from urllib.parse import urlsplit

from casework import Caller
from center.open311.errors import Open311Error
from center.web.parameters import moment, storable

T = TypeVar("T")

LONGEST_DESCRIPTION: Final = 4000
LONGEST_SPAN: Final = timedelta(days=90)
MAX_REQUESTS: Final = 1000
_MAX_IDS: Final = 200
_LAST_PAGE: Final = 1000

_ATTRIBUTE: Final = re.compile(r"attribute\[([^\]]{1,60})\](\[\])?")
_LONGEST: Final[Mapping[str, int]] = {
    "api_key": 200, "jurisdiction_id": 200, "service_code": 60, "address_string": 500, "address_id": 40,
    "email": 254, "phone": 32, "first_name": 64, "last_name": 64, "description": LONGEST_DESCRIPTION,
    "media_url": 500, "device_id": 200, "account_id": 200, "lat": 40, "long": 40,
}  # fmt: skip
_TELEPHONE: Final = re.compile(r"[0-9+() -]{3,32}")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32,64}")
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")


class Arguments:
    """The arguments of a request, by name; the last of a name counts.

    Args:
        fields: as they came.

    Raises:
        Open311Error: 400, one is too long or cannot be stored.
    """

    def __init__(self, fields: Sequence[tuple[str, str]]) -> None:
        self._given = {name: value.strip() for name, value in fields if value.strip()}
        for name, value in self._given.items():
            maximum = _LONGEST.get(name)
            if maximum is not None and len(value) > maximum:
                raise Open311Error(400, f"{name} has {maximum} characters at most; shorten it")
            _checked(name[:40], storable, value)
        self._fields = fields

    def get(self, name: str) -> str | None:
        """An argument; None if it is missing or empty."""
        return self._given.get(name)

    def need(self, name: str) -> str:
        """An argument that is required.

        Raises:
            Open311Error: 400, it is missing.
        """
        found = self.get(name)
        if found is None:
            raise Open311Error(400, f"{name} was not provided; send it")
        return found

    def words(self, name: str) -> list[str] | None:
        """The parts of a comma-separated argument; None if it is missing."""
        found = self.get(name)
        return None if found is None else [part.strip() for part in found.split(",") if part.strip()]

    def attributes(self) -> dict[str, list[str]]:
        """The attributes, `attribute[CODE]=value`, by code."""
        found: dict[str, list[str]] = {}
        for name, value in self._fields:
            match = _ATTRIBUTE.fullmatch(name)
            if match:
                found.setdefault(match[1], []).append(value.strip())
        return found

    def place(self) -> tuple[float, float] | None:
        """Latitude and longitude, degrees; None if neither is given.

        Raises:
            Open311Error: 400, one is missing or no place.
        """
        lat, lon = self.get("lat"), self.get("long")
        if lat is None and lon is None:
            return None
        if lat is None or lon is None:
            raise Open311Error(400, "lat and long must be sent both")
        return _degrees("lat", lat, 90), _degrees("long", lon, 180)

    def caller(self) -> Caller | None:
        """Who sends the report, if anything of it is given.

        Raises:
            Open311Error: 400, telephone or e-mail address are malformed.
        """
        name = " ".join(part for part in (self.get("first_name"), self.get("last_name")) if part) or None
        telephone, email = self.get("phone"), self.get("email")
        if telephone is not None and not _TELEPHONE.fullmatch(telephone):
            raise Open311Error(400, "phone must be a telephone number: digits, +, -, ( ) and spaces")
        if email is not None and not _EMAIL.fullmatch(email):
            raise Open311Error(400, "email must be an e-mail address, such as name@example.org")
        if name is None and telephone is None and email is None:
            return None
        return Caller(name=name, telephone=telephone, email=email)

    def follow_token(self) -> str | None:
        """The secret with which its sender, who makes it, reads all of a report.

        Raises:
            Open311Error: 400, it is short enough to be guessed, or malformed.
        """
        found = self.get("follow_token")
        if found is not None and not _TOKEN.fullmatch(found):
            raise Open311Error(400, "follow_token must be 32 to 64 random letters, digits, - and _")
        return found

    def media_url(self) -> str | None:
        """The address of a picture.

        Raises:
            Open311Error: 400, it is no address of the web.
        """
        found = self.get("media_url")
        if found is not None:
            try:
                good = urlsplit(found).scheme in {"http", "https"} and bool(urlsplit(found).hostname)
            except ValueError:
                good = False
            if not good or not found.isprintable():
                raise Open311Error(400, "media_url must be an address that begins with http:// or https://")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFilter:
    """Which reports are asked for.

    Attributes:
        ids: only these; everything else then counts for nothing.
        service_codes: only of these; None for all.
        begin: received at this time or later; `end`: before that.
        closed: only those whose status is closed, or open; None for both.
        offset: how many to leave out; `limit`: how many at most.
    """

    ids: list[str] | None
    service_codes: list[str] | None
    begin: datetime
    end: datetime
    closed: bool | None
    limit: int
    offset: int

    @classmethod
    def of(cls, arguments: Arguments, now: datetime, earliest: datetime) -> RequestFilter:
        """Read a filter.

        Args:
            arguments: of the request.
            now: the time.
            earliest: before all reports; the begin for a list of ids.

        Raises:
            Open311Error: 400, an argument is malformed, or the period is longer than 90 days.
        """
        ids = arguments.words("service_request_id")
        if ids is not None:
            if len(ids) > _MAX_IDS:
                raise Open311Error(
                    400, f"service_request_id has {_MAX_IDS} values at most; ask several times"
                )
            return cls(
                ids=ids, service_codes=None, begin=earliest, end=now + LONGEST_SPAN, closed=None,
                limit=_MAX_IDS, offset=0,
            )  # fmt: skip
        begin, end = (_time(arguments, name) for name in ("start_date", "end_date"))
        if begin is not None and end is not None and not timedelta() <= end - begin <= LONGEST_SPAN:
            raise Open311Error(400, "start_date and end_date must be in order, and at most 90 days apart")
        if begin is None:
            begin = (end or now) - LONGEST_SPAN
        page = _number(arguments, "page", 1, _LAST_PAGE)
        size = _number(arguments, "page_size", MAX_REQUESTS, MAX_REQUESTS)
        return cls(
            ids=None,
            service_codes=arguments.words("service_code"),
            begin=max(begin, earliest),
            end=end or begin + LONGEST_SPAN,
            closed=_closed(arguments.words("status")),
            limit=size,
            offset=(page - 1) * size,
        )


def _closed(statuses: list[str] | None) -> bool | None:
    wanted = set(statuses or ())
    if wanted - {"open", "closed"}:
        raise Open311Error(400, "status must be open, closed, or both with a comma between them")
    return None if len(wanted) != 1 else wanted == {"closed"}


def _time(arguments: Arguments, name: str) -> datetime | None:
    found = arguments.get(name)
    # In an address, an unescaped + is a space.
    return None if found is None else _checked(name, moment, found.replace(" ", "+"))


def _number(arguments: Arguments, name: str, usual: int, maximum: int) -> int:
    found = arguments.get(name)
    if found is None:
        return usual
    if not found.isascii() or not found.isdecimal() or len(found) > 9 or not 1 <= int(found) <= maximum:  # noqa: PLR2004
        raise Open311Error(400, f"{name} must be a number from 1 to {maximum}")
    return int(found)


def _degrees(name: str, text: str, maximum: int) -> float:
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not -maximum <= found <= maximum:
        raise Open311Error(400, f"{name} must be degrees (WGS 84) from -{maximum} to {maximum}")
    return round(found, 9)


def _checked(name: str, check: Callable[[str], T], value: str) -> T:
    try:
        return check(value)
    except ValueError as error:
        raise Open311Error(400, f"{name}: {error}") from None
