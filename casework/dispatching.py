"""The department that a case is dispatched to: one of the city's tree, by its code."""

from __future__ import annotations

from dataclasses import replace

from cases import ActionRefusedError, CasePolicy, CaseState
from cases.errors import RefusedBecause
from cases.workflow import Given
from store.connection import Connection
from store.departments import Departments, read_departments
from store.people import take_in_departments


async def by_code(
    connection: Connection, case: CaseState, given: Given, policy: CasePolicy
) -> tuple[CaseState, Given]:
    """A case and the data of an action, both with the codes of departments in place of their names.

    Args:
        connection: in a transaction.
        case: from its events; older ones have names.
        given: with a department's code or name, or without a department.
        policy: its departments are added to the tree if the tree lacks the given one.

    Raises:
        ActionRefusedError: there is no such department, several have that name, or it is closed.
    """
    if given.department is None:
        return case, given
    departments = await read_departments(connection)
    if not departments.codes_of(given.department) and given.department in policy.departments:
        await take_in_departments(connection, policy.departments.values())
        departments = await read_departments(connection)
    code = _code(departments, given.department)
    has = departments.find(case.department)
    return (
        replace(case, department=has.code if has is not None else case.department),
        replace(given, department=code),
    )


def _code(departments: Departments, word: str) -> str:
    handle = {each.code for each in departments.that_handle()}
    codes = [code for code in departments.codes_of(word) if code in handle]
    if len(codes) > 1:
        raise _refused(f"several departments are called {word!r}; name one by its code: {', '.join(codes)}")
    if not codes:
        raise _refused(f"there is no department {word!r} that is open; look at the list")
    return codes[0]


def _refused(text: str) -> ActionRefusedError:
    return ActionRefusedError(text, code="no_department", because=RefusedBecause.INCOMPLETE)
