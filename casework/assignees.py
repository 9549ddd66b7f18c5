"""Checks that a case or a task can be assigned to an account: enabled, with the role, of the department."""

from __future__ import annotations

from typing import Final

from cases import ActionRefusedError, CaseState, Role
from cases.errors import RefusedBecause
from store.connection import Connection
from store.queries import load

_SQL = load("workflows")

_WANTED: Final = {"assign": Role.HANDLER, "verify": Role.PATROL, "check_request": Role.PATROL}


async def refuse_unfit(connection: Connection, case: CaseState, action: str, assignee: str) -> None:
    """Refuse an unsuitable assignee.

    Args:
        connection: in any state.
        case: the case to assign.
        action: the assigning action.
        assignee: a login.

    Raises:
        ActionRefusedError: there is no such account, or it lacks the role, or is of another department.
    """
    role = _WANTED.get(action)
    if role is None:
        return
    row = await connection.fetchrow(_SQL["assignee"], assignee, case.department)
    if row is None or not row["enabled"]:
        raise _refused("no_assignee", f"there is no enabled account {assignee!r}; see the list of assignees")
    if role not in row["all_roles"]:
        raise _refused(
            "unfit_assignee", f"{assignee} does not have the role {role}; name somebody who has it"
        )
    if role is Role.HANDLER and not row["of_department"]:
        raise _refused("unfit_assignee", f"{assignee} is not of {case.department}; name one of its handlers")


def _refused(code: str, text: str) -> ActionRefusedError:
    return ActionRefusedError(text, code=code, because=RefusedBecause.INCOMPLETE)
