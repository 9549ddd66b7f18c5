"""What the public may see of a case: an acceptor releases pictures, and the words of citizens' reports."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from center.cases.case_access import CaseAccesses
from center.database import Database
from center.open311.models import Publication, PublicRequest
from center.people.caller import Caller, not_allowed
from center.web.answers import Refusal
from center.web.media_types import PICTURES
from store import audit
from store.connection import Connection
from store.queries import load

_SQL = load("service_requests")
_RIGHT = "case.publish"


class Publications:
    """Reads and changes them in the database.

    Args:
        database: holds cases and reports.
        accesses: decides who may read a case.
        clock: returns now, aware.
    """

    def __init__(self, *, database: Database, accesses: CaseAccesses, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._accesses = accesses
        self._clock = clock

    async def of(self, number: str, caller: Caller) -> Publication:
        """What the public may see of a case.

        Raises:
            Refusal: 404, there is no such case; 403, no right to it.
        """
        await self._require(number, caller)
        async with self._database.reading() as connection:
            return await _read(connection, number)

    async def change(
        self, number: str, caller: Caller, *, files: Sequence[str], words_of: Sequence[str]
    ) -> Publication:
        """Release these pictures and words of a case, and withdraw all others.

        Args:
            number: the case.
            caller: who releases.
            files: digests of pictures of the case.
            words_of: the numbers of its citizens' reports.

        Raises:
            Refusal: 404, there is no such case; 403, no right to it; 422, it has no such picture or report.
        """
        await self._require(number, caller)
        at = self._clock()
        async with self._database.changing() as connection:
            there = {
                row["digest"]: row["media_type"]
                for row in await connection.fetch(_SQL["files_of_case"], number)
            }
            for digest in files:
                if there.get(digest) not in PICTURES:
                    raise Refusal(422, "no_evidence", f"case {number} has no picture {digest[:12]}…")
            known = {row["service_request_id"] for row in await connection.fetch(_SQL["of_case"], number)}
            for each in words_of:
                if each not in known:
                    raise Refusal(422, "no_request", f"case {number} has no citizen's report {each[:20]}")
            await connection.execute(_SQL["withdraw_files"], number, list(files))
            for digest in sorted(set(files)):
                name = secrets.token_hex(16)
                await connection.execute(_SQL["release_file"], digest, name, at, caller.login)
            await connection.execute(_SQL["release_words"], number, list(words_of), at, caller.login)
            await audit.note(
                connection,
                login=caller.login,
                action=_RIGHT,
                subject=number,
                detail={"files": sorted(files), "words_of": sorted(words_of)},
                client=caller.client or None,
            )
            return await _read(connection, number)

    async def _require(self, number: str, caller: Caller) -> None:
        access = await self._accesses.of(number, caller)
        if not caller.scope(_RIGHT).contains(
            district=access.district,
            department=access.department,
            assignee=access.assignee,
            opener=access.opener,
        ):
            raise not_allowed(_RIGHT)


async def _read(connection: Connection, number: str) -> Publication:
    requests = await connection.fetch(_SQL["of_case"], number)
    released = await connection.fetch(_SQL["released_of_cases"], [number])
    return Publication(
        requests=[PublicRequest(**row) for row in requests], files=[row["digest"] for row in released]
    )
