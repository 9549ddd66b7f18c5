"""Actions of people on cases: the workflow decides, and the action becomes an event of the case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from cases import ActionRefusedError
from cases.errors import RefusedBecause
from cases.workflow import Given
from casework import NoSuchCaseError, ReusedKeyError, StaleCaseError, act
from casework.city_policy import CurrentPolicy
from center.database import Database
from center.people.caller import Caller
from center.web.answers import Refusal
from store.case_evidence import KeptFile, add_case_evidence

_STATUS: Final[Mapping[RefusedBecause, int]] = {
    RefusedBecause.INCOMPLETE: 422,
    RefusedBecause.NOT_NOW: 409,
    RefusedBecause.NOT_ALLOWED: 403,
}


class CaseActions:
    """Performs actions on cases in the database.

    Args:
        database: holds the cases.
        policy: the workflow, the departments and the limits.
        clock: returns now, aware.
    """

    def __init__(self, *, database: Database, policy: CurrentPolicy, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._policy = policy
        self._clock = clock

    async def act(
        self,
        number: str,
        *,
        action: str,
        given: Given,
        caller: Caller,
        expected_sequence: int,
        files: Sequence[KeptFile],
        key: str | None,
    ) -> None:
        """Perform an action on a case.

        Args:
            number: the case.
            action: the action.
            given: what the person gives with it.
            caller: the person.
            expected_sequence: of the newest event that the person saw.
            files: files sent with it, already stored.
            key: the idempotency key of the request; a repeat does nothing.

        Raises:
            Refusal: 404, there is no such case; 403, no right to it; 409, the case has changed or does not
                allow it now, or the key belongs to another request; 422, something is missing.
            DatabaseAwayError: the database is unreachable; the action may have been performed.
        """
        try:
            async with self._database.changing() as connection:
                at = self._clock()
                acted = await act(
                    connection,
                    number,
                    action=action,
                    given=replace(given, evidence=tuple(file.digest for file in files)),
                    actor=caller.actor,
                    rights=caller.rights,
                    policy=self._policy(),
                    expected_sequence=expected_sequence,
                    at=at,
                    key=key,
                )
                if files and acted.case_id is not None:
                    await add_case_evidence(connection, acted.case_id, files, actor=caller.login, at=at)
        except NoSuchCaseError as error:
            raise Refusal(404, "no_case", str(error)) from None
        except StaleCaseError as error:
            raise Refusal(409, "stale_sequence", str(error)) from None
        except ReusedKeyError as error:
            raise Refusal(409, "reused_key", str(error)) from None
        except ActionRefusedError as error:
            raise Refusal(_STATUS[error.because], error.code, str(error)) from None
