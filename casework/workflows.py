"""The versions of workflows that cases use: stored in the database, so that a case keeps its own."""

from __future__ import annotations

import logging
from functools import cache, lru_cache

from cases import CaseError, CasePolicy, CaseState
from cases.workflow import Workflow, parse_workflow, shipped_workflow
from store.connection import Connection
from store.queries import load

log = logging.getLogger(__name__)

_SQL = load("workflows")


async def record(connection: Connection, workflow: Workflow) -> None:
    """Store a version, if it is new.

    A file that was changed without a new number is not stored: cases use the first file with that number.

    Args:
        connection: in a transaction.
        workflow: of new cases.
    """
    digest = await connection.fetchval(_SQL["digest"], workflow.name, workflow.version)
    if digest is None:
        await connection.execute(_SQL["add"], workflow.name, workflow.version, workflow.digest, workflow.text)
    elif digest != workflow.digest:
        _say_changed(workflow.name, workflow.version)


async def workflow_of(connection: Connection, case: CaseState, policy: CasePolicy) -> Workflow:
    """The version of the workflow that a case uses.

    Raises:
        CaseError: it is not stored here, or this release cannot read it; the text says how to move the case.
    """
    current = policy.workflow
    name, version = case.workflow or current.name, case.workflow_version or current.version
    found = await find_version(connection, name, version, policy)
    if found is None:
        raise CaseError(
            f"case {case.number} uses workflow {name} {version}, which is not stored here; move it with "
            "`streetwarden workflow move`"
        )
    return found


async def find_version(
    connection: Connection, name: str, version: int, policy: CasePolicy
) -> Workflow | None:
    """A version of a workflow: one that is kept, the policy's own, or a shipped one; None if there is none.

    Raises:
        CaseError: this release cannot read it.
    """
    current = policy.workflow
    row = await connection.fetchrow(_SQL["version"], name, version)
    if row is None:  # cases of the release before; a version is kept when one is opened or acted on
        return current if (current.name, current.version) == (name, version) else _shipped(name, version)
    if row["digest"] == current.digest:
        return current
    return _parsed(row["content"], f"workflow {name} {version}")


async def newest(connection: Connection, name: str, policy: CasePolicy) -> Workflow | None:
    """The newest version of a workflow: the policy's own, or a stored one; None if there is none.

    Raises:
        CaseError: this release cannot read it.
    """
    if name == policy.workflow.name:
        return policy.workflow
    row = await connection.fetchrow(_SQL["newest"], name)
    return None if row is None else _parsed(row["content"], f"workflow {name}")


@cache
def _shipped(name: str, version: int) -> Workflow | None:
    return shipped_workflow(name, version)


@lru_cache(maxsize=64)
def _parsed(content: str, file: str) -> Workflow:
    return parse_workflow(content, file)


@lru_cache(maxsize=64)  # once in the life of a program
def _say_changed(name: str, version: int) -> None:
    log.error(
        "workflow-%s.toml was changed without a new number: cases use version %d as it was first used; "
        "give the file a new number",
        name,
        version,
    )
