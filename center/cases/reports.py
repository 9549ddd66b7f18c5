"""Reports of people: checked, stored with their files, and turned into cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from cases import CodeError
from casework import Change, NoDistrictError, PersonsReport, ReusedKeyError, district_of, report_by_person
from casework.city_policy import CurrentPolicy
from center.database import Database
from center.people.caller import Caller, not_allowed
from center.web.answers import Refusal
from store.case_evidence import KeptFile
from store.connection import Connection


class PersonReports:
    """Takes in people's reports, in the database.

    Args:
        database: holds the cases.
        policy: the codes and incident types.
        clock: returns now, aware.
    """

    def __init__(self, *, database: Database, policy: CurrentPolicy, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._policy = policy
        self._clock = clock

    async def check(self, said: PersonsReport, reporter: Caller) -> None:
        """Refuse an unacceptable report before its files are stored.

        Raises:
            Refusal: 403, the reporter has no right to report there; 422, there is no such incident type, or
                the district is unknown.
        """
        if isinstance(said.about, str) and said.about not in self._policy().rules:
            known = ", ".join(self._policy().rules)
            raise Refusal(
                422, "no_incident_type", f"there is no incident type {said.about!r}; there are {known}"
            )
        async with self._database.reading() as connection:
            await self._district(connection, said, reporter)

    async def take_in(
        self, said: PersonsReport, reporter: Caller, *, files: Sequence[KeptFile], key: str | None
    ) -> tuple[str, bool]:
        """The number of the case of a report, and whether it is new.

        Args:
            said: the report; it has been checked.
            reporter: the person.
            files: files sent with it, already stored.
            key: the idempotency key of the request; a repeat does nothing.

        Raises:
            Refusal: 409, the key belongs to another request; 422, there is no such code.
            DatabaseAwayError: the database is unreachable; the report may have been taken in.
        """
        try:
            async with self._database.changing() as connection:
                change = await report_by_person(
                    connection,
                    said,
                    actor=reporter.login,
                    district=await self._district(connection, said, reporter),
                    files=files,
                    policy=self._policy(),
                    at=self._clock(),
                    key=key,
                )
        except CodeError as error:
            raise Refusal(422, "invalid", str(error)) from None
        except ReusedKeyError as error:
            raise Refusal(409, "reused_key", str(error)) from None
        return change.number, change.change is Change.OPENED

    async def _district(self, connection: Connection, said: PersonsReport, reporter: Caller) -> str:
        try:
            district = await district_of(connection, said)
        except NoDistrictError as error:
            raise Refusal(422, "no_district", str(error)) from None
        if not reporter.rights.allows(reporter.actor, "case.report", district=district):
            raise not_allowed("case.report")
        return district
