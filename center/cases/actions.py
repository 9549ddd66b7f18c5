"""What people do with cases: checked, then written as one more event of the case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from cases import STEPS, Action, ActionRefusedError, CasePolicy
from casework import NoSuchCaseError, StaleCaseError, act
from center.database import Database
from center.web.answers import Refusal


class CaseActions:
    """Takes cases a step further, in the database.

    Args:
        database: where they are.
        policy: which departments there are.
        clock: now, aware.
    """

    def __init__(self, *, database: Database, policy: CasePolicy, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._policy = policy
        self._clock = clock

    async def act(
        self,
        number: str,
        *,
        action: Action,
        actor: str,
        note: str | None,
        department: str | None,
        expected_sequence: int,
    ) -> None:
        """Take a case one step further.

        Raises:
            Refusal: 422, the action isn't one of people's, or lacks its department or reason; 404, there is
                no such case; 409, it has moved on, or its stage doesn't allow the action.
            DatabaseAwayError: the database is away; it may have been done all the same.
        """
        note = (note or "").strip() or None
        self._refuse_incomplete(action, note, department)
        try:
            async with self._database.changing() as connection:
                await act(
                    connection,
                    number,
                    action=action,
                    actor=actor,
                    note=note,
                    department=department,
                    expected_sequence=expected_sequence,
                    at=self._clock(),
                )
        except NoSuchCaseError as error:
            raise Refusal(404, "no_case", str(error)) from None
        except StaleCaseError as error:
            raise Refusal(409, "stale_sequence", str(error)) from None
        except ActionRefusedError as error:
            raise Refusal(409, "wrong_stage", str(error)) from None

    def _refuse_incomplete(self, action: Action, note: str | None, department: str | None) -> None:
        step = STEPS.get(action)
        if step is None:
            can = ", ".join(STEPS)
            raise Refusal(422, "not_for_people", f"{action} is what detectors report; people can {can}")
        if step.needs_department and department is None:
            raise Refusal(422, "needs_department", f"{action} needs the department that becomes responsible")
        if department is not None and department not in self._policy.departments:
            known = ", ".join(self._policy.departments)
            raise Refusal(422, "no_department", f"there is no department {department!r}; there are {known}")
        if step.needs_note and note is None:
            raise Refusal(422, "needs_note", f"{action} needs a note that says why")
