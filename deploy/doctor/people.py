"""Checks of the operators' accounts."""

from __future__ import annotations

from typing import Final

from cases.rights import PERSONS_ROLES
from deploy.doctor.finding import Finding, doubtful, ok
from store.accounts import roles_by_login
from store.connection import Connection

_SHOWN: Final = 5


async def accounts(connection: Connection) -> Finding:
    """Checks that no account has every role, and that an account can administer people.

    Args:
        connection: of a role that may read the view `account`.
    """
    roles = await roles_by_login(connection)
    if not roles:
        return doubtful("accounts", "nobody can sign on", "add somebody: streetwarden operator add LOGIN")
    everything = sorted(login for login, held in roles.items() if held >= PERSONS_ROLES)
    if everything:
        more = f" and {len(everything) - _SHOWN} more" if len(everything) > _SHOWN else ""
        return doubtful(
            "accounts",
            f"{', '.join(everything[:_SHOWN])}{more} may do everything: handle a case and close it too",
            "give each person the roles of their work: streetwarden operator set LOGIN --role ROLE "
            "(docs/people.md)",
        )
    if not any("administrator" in held for held in roles.values()):
        return doubtful(
            "accounts",
            "nobody can administer people",
            "give somebody the role: streetwarden operator set LOGIN --role administrator",
        )
    return ok("accounts", f"{len(roles)} may sign on, and nobody has every role")
