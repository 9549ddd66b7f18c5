"""Reads citizens' reports from the database, as the public may see them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import asyncpg

from cases import Category
from casework.city_policy import CurrentPolicy
from casework.service_requests import token_hash
from center.database import Database
from center.open311.arguments import RequestFilter
from center.open311.words import CaseFacts, Language, Words, status_notes
from store.queries import load

_SQL = load("service_requests")
Row = asyncpg.Record

_ALL_TIME: Final = timedelta(days=36_500)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedFile:
    """A picture that the public may see: its digest and its media type."""

    digest: str
    media_type: str


class ServiceRequests:
    """Reads reports.

    Args:
        database: holds them.
        policy: the conditions of codes.
        clock: returns now, aware.
    """

    def __init__(self, *, database: Database, policy: CurrentPolicy, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._policy = policy
        self._clock = clock

    async def some(
        self,
        wanted: RequestFilter,
        *,
        language: Language,
        media: Callable[[str], str],
        token: str | None = None,
    ) -> list[dict[str, Any]]:
        """Reports that meet a filter, the newest first, as GeoReport v2 shows them.

        Args:
            wanted: the filter.
            language: of names and notes.
            media: makes the address of a released picture from its public name.
            token: the follow token of a report, whose own words are shown with it.
        """
        async with self._database.reading() as connection:
            rows = await connection.fetch(
                _SQL["some"],
                wanted.ids,
                wanted.service_codes,
                wanted.begin,
                wanted.end,
                wanted.closed,
                wanted.limit,
                wanted.offset,
            )
            released = await connection.fetch(
                _SQL["released_of_cases"], sorted({row["number"] for row in rows})
            )
        pictures: dict[str, list[tuple[str, str]]] = {}
        for row in released:
            pictures.setdefault(row["number"], []).append((row["digest"], row["public_name"]))
        own = None if token is None else token_hash(token)
        return [
            self._entry(
                row,
                language,
                whole=own is not None and row["token_hash"] == own,
                media=[media(name) for name in _own_first(row["files"], pictures.get(row["number"], []))],
            )
            for row in rows
        ]

    async def one(
        self,
        service_request_id: str,
        *,
        language: Language,
        media: Callable[[str], str],
        token: str | None = None,
    ) -> dict[str, Any] | None:
        """A report; None if there is none of this number."""
        wanted = RequestFilter(
            ids=[service_request_id],
            service_codes=None,
            begin=datetime(1970, 1, 1, tzinfo=UTC),
            end=self._clock() + _ALL_TIME,
            closed=None,
            limit=1,
            offset=0,
        )
        found = await self.some(wanted, language=language, media=media, token=token)
        return found[0] if found else None

    async def of_token(self, token: str) -> str | None:
        """The number of the report with a follow token."""
        async with self._database.reading() as connection:
            found: str | None = await connection.fetchval(_SQL["by_token"], token_hash(token))
        return found

    async def released(self, public_name: str) -> ReleasedFile | None:
        """A picture that the public may see; None if there is none of this name."""
        async with self._database.reading() as connection:
            row = await connection.fetchrow(_SQL["released"], public_name)
        return None if row is None else ReleasedFile(**row)

    def _entry(self, row: Row, language: Language, *, whole: bool, media: Sequence[str]) -> dict[str, Any]:
        case = self._facts(row)
        words = whole or row["words_released_at"] is not None
        updated = row["closed_at"] or row["changed_at"]
        expected = row["handling_deadline_at"] if row["opened_at"] is not None else None
        return {
            "service_request_id": row["service_request_id"],
            "status": "closed" if case.is_closed else "open",
            "status_notes": status_notes(case, language, self._policy().calendar.zone),
            "service_name": row["service_name" if language is Language.CHINESE else "service_name_en"],
            "service_code": row["service_code"],
            "description": row["description"] if words else None,
            "agency_responsible": None if case.department is None else case.department[language],
            "service_notice": None,
            "requested_datetime": _w3(row["received_at"]),
            # A report that joined an older case is no older than itself.
            "updated_datetime": _w3(max(updated, row["received_at"])),
            "expected_datetime": None if expected is None else _w3(expected),
            "address": (row["address"] if words else None)
            or row["street_name" if language is Language.CHINESE else "street_name_en"]
            or None,
            "address_id": None,
            "zipcode": None,
            "lat": row["lat"],
            "long": row["lon"],
            "media_url": media[0] if media else None,
            **({"media_urls": list(media)} if len(media) > 1 else {}),
        }

    def _facts(self, row: Row) -> CaseFacts:
        at = row["opened_at"] or row["reported_at"]
        known = self._policy().conditions_of(row["code_set"], Category(row["category"]), row["code"], at)
        closing = next((each for each in known if each.condition == row["condition"]), None)
        department = row["department"]
        return CaseFacts(
            ended_as=row["ended_as"],
            closed_at=row["closed_at"],
            forced=row["forced"],
            opened_at=row["opened_at"],
            dispatched_at=row["dispatched_at"],
            handled_at=row["handled_at"],
            suspended_until=row["suspended_until"],
            department=None
            if department is None
            else Words(row["department_name"] or department, row["department_name_en"] or department),
            closing=None if closing is None else Words(closing.closing, closing.closing_en),
        )


def _own_first(files: Sequence[str], released: Sequence[tuple[str, str]]) -> list[str]:
    """The public names of released pictures: first those that came with the report itself."""
    return [name for _, name in sorted(released, key=lambda each: each[0] not in files)]


def _w3(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
