"""Administers the keys of systems that send citizens' reports."""

from __future__ import annotations

from center.database import Database
from center.open311.models import ApiKey, ApiKeyList
from center.people.caller import Caller
from center.web.answers import Refusal
from store.api_keys import issue_key, keys, revoke_key
from store.errors import PeopleError


class KeyAdministration:
    """Keys, in the database; each change is in the audit log.

    Args:
        database: holds them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> ApiKeyList:
        """All keys that were ever issued."""
        async with self._database.reading() as connection:
            return ApiKeyList(keys=[ApiKey(**row) for row in await keys(connection)])

    async def issue(self, caller: Caller, *, name: str, contact: str, per_minute: int, per_day: int) -> str:
        """The text of a new key.

        Raises:
            Refusal: 409, the name was used before.
        """
        try:
            async with self._database.changing() as connection:
                return await issue_key(
                    connection,
                    name=name,
                    contact=contact,
                    per_minute=per_minute,
                    per_day=per_day,
                    by=caller.login,
                    client=caller.client or None,
                )
        except PeopleError as error:
            raise Refusal(409, "name_taken", str(error)) from None

    async def revoke(self, caller: Caller, name: str) -> None:
        """Revoke a key.

        Raises:
            Refusal: 404, there is no valid key of that name.
        """
        try:
            async with self._database.changing() as connection:
                await revoke_key(connection, name, by=caller.login, client=caller.client or None)
        except PeopleError as error:
            raise Refusal(404, "no_key", str(error)) from None
