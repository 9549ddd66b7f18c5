"""The check of the case policy: its files, and the departments that its rules of dispatch name."""

from __future__ import annotations

import asyncpg

from cases import CasePolicy, PolicyError
from deploy.doctor.finding import Finding, doubtful, ok, wrong
from deploy.installation import Installation
from store.connection import UNREACHABLE, open_connection
from store.departments import read_departments
from store.errors import StoreError


async def case_policy(where: Installation) -> Finding:
    """Checks that the case policy can be read, and that its rules name open departments of the tree."""
    what = "case policy"
    try:
        policy = CasePolicy.load(where.cases_folder)
    except (PolicyError, OSError) as error:
        return wrong(what, str(error), "correct it, and see: streetwarden codes check")
    named = f"{len(policy.rules)} incident types, {len(policy.dispatch.rows)} rules of dispatch"
    rules = policy.dispatch.of_the_tree
    if not rules:
        return ok(what, named)
    try:
        connection = await open_connection(where.database_url, application="streetwarden doctor")
        try:
            departments = await read_departments(connection)
        finally:
            connection.terminate()
    except (StoreError, asyncpg.PostgresError, *UNREACHABLE):
        return ok(what, f"{named}; the departments of {len(rules)} rules cannot be looked up")
    find = departments.finder(policy.departments.values())
    passed_over = [rule for rule in rules if find(rule.row.department) is None]
    if passed_over:
        shown = ", ".join(f"{rule.row.department} (row {rule.number})" for rule in passed_over[:5])
        return doubtful(
            what,
            f"dispatch.csv names departments that the tree does not have, or that are closed: {shown}; these "
            "rules propose nobody",
            "add the departments in the console, or correct the rules",
        )
    return ok(what, named)
