"""Takes in citizens' reports from other systems: the key and its limits, the files, the case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from cases import CodeError
from casework import NoDistrictError, ReusedKeyError
from casework.city_policy import CurrentPolicy
from casework.service_requests import PublicReport, Taken, report_by_citizen
from center.cases.evidence import EvidenceKeeper
from center.database import Database
from center.open311.errors import Open311Error
from center.web.rates import Rates
from center.web.uploads import File
from store import cases as rows
from store.api_keys import ApiKey, find_key
from store.case_evidence import EvidenceRole
from store.queries import load

_SQL = load("service_requests")

_DAY: Final = timedelta(days=1)
_MINUTE_S: Final = 60.0


class ReportIntake:
    """Takes in reports, in the database.

    Args:
        database: holds keys and cases.
        policy: the city's decisions.
        keeper: stores files.
        clock: returns now, aware.
        seconds: a clock that never goes back, for rates.
        guesses: wrong keys of one client within a minute before it has to wait.
        counted: called with the channel's kind and the end of each report: taken, refused, limited.
    """

    def __init__(
        self,
        *,
        database: Database,
        policy: CurrentPolicy,
        keeper: EvidenceKeeper,
        clock: Callable[[], datetime],
        seconds: Callable[[], float],
        counted: Callable[[str, str], None],
        guesses: int = 10,
    ) -> None:
        self._database = database
        self._policy = policy
        self._keeper = keeper
        self._clock = clock
        self._seconds = seconds
        self._counted = counted
        self._guesses = Rates(maximum=guesses, within_s=_MINUTE_S)
        self._of_keys: dict[tuple[str, int], Rates] = {}

    async def key(self, text: str | None, *, client: str) -> ApiKey:
        """The key of a request, within its limits; it counts as one report of that key.

        Args:
            text: the argument `api_key`.
            client: the sender's address.

        Raises:
            Open311Error: 403, the key is missing or invalid; 429, it has sent too much, or the client tries
                keys.
        """
        if text is None:
            raise Open311Error(403, "api_key was not provided; send it in the body, before any files")
        async with self._database.reading() as connection:
            found = await find_key(connection, text)
            sent = 0
            if found is not None:
                since = self._clock() - _DAY
                sent = await connection.fetchval(_SQL["sent_since"], found.channel, since, found.per_day)
        if found is None:
            wait_s = self._guesses.wait_s(client, self._seconds())
            if wait_s > 0:
                raise self._limited("too many requests with wrong keys", wait_s)
            self._counted("open311", "refused")
            raise Open311Error(403, "Invalid api_key; ask whoever issued it whether it was revoked")
        if sent >= found.per_day:
            raise self._limited(f"this key may send {found.per_day} reports a day", 3600)
        # A changed limit begins with a new bucket.
        rates = self._of_keys.setdefault(
            (found.name, found.per_minute), Rates(maximum=found.per_minute, within_s=_MINUTE_S)
        )
        wait_s = rates.wait_s(found.name, self._seconds())
        if wait_s > 0:
            raise self._limited(f"this key may send {found.per_minute} reports a minute", wait_s)
        return found

    async def component_place(self, component: str) -> tuple[float, float]:
        """Latitude and longitude of a component, by its number.

        Raises:
            Open311Error: 400, the city's map has none.
        """
        async with self._database.reading() as connection:
            found = await rows.find_component(connection, component)
        if found is None:
            raise Open311Error(
                400, f"address_id {component!r} is no component of this city; send lat and long"
            )
        return found.lat, found.lon

    async def take_in(
        self,
        said: PublicReport,
        *,
        channel: str,
        files: Sequence[File],
        key: str | None = None,
        token: str | None = None,
    ) -> Taken:
        """Take in a report with its files.

        Args:
            said: the report.
            channel: its sender.
            files: as they were sent.
            key: the idempotency key of the request.
            token: with which its sender may read all of it.

        Raises:
            Open311Error: 400, the place is outside the city, or a value is not allowed; 409, the idempotency
                key belongs to another report.
            Refusal: 415, a file is not accepted; 503, it cannot be stored now.
            DatabaseAwayError: the database is unreachable; the report may have been taken in.
        """
        kind = channel.partition("/")[0]
        try:
            kept = await self._keeper.keep(
                [replace(file, part="files") for file in files], usual=EvidenceRole.FINDING
            )
            async with self._database.changing() as connection:
                taken = await report_by_citizen(
                    connection,
                    said,
                    channel=channel,
                    files=kept,
                    policy=self._policy(),
                    at=self._clock(),
                    key=key,
                    token=token,
                )
        except NoDistrictError:
            self._counted(kind, "refused")
            raise Open311Error(400, "the place is outside this city; choose a place within it") from None
        except CodeError as error:
            self._counted(kind, "refused")
            raise Open311Error(400, str(error)) from None
        except asyncpg.UniqueViolationError:
            self._counted(kind, "refused")
            raise Open311Error(409, "this follow_token was used before; make a new one") from None
        except ReusedKeyError as error:
            self._counted(kind, "refused")
            raise Open311Error(409, str(error)) from None
        self._counted(kind, "taken")
        return taken

    def _limited(self, why: str, wait_s: float) -> Open311Error:
        self._counted("open311", "limited")
        seconds = max(1, round(wait_s))
        return Open311Error(429, f"{why}; try again in {seconds} s", {"Retry-After": str(seconds)})
