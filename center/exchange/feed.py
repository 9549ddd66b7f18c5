"""The change feed as an account sees it."""

from __future__ import annotations

from typing import Final

from casework.exchange.feed import changes_after, newest_position, number_changes
from casework.exchange.message import as_data
from center.database import Database
from center.exchange.models import FeedChange, FeedPage
from center.people.caller import Caller
from center.web.answers import Refusal

_SCANNED: Final = 1000
"""Changes that one request reads at most, whether the account may see them or not."""


class ChangeFeed:
    """Reads the feed.

    Args:
        database: holds it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, caller: Caller, *, after: int, limit: int) -> FeedPage:
        """Changes after a position.

        Args:
            caller: who reads; changes that do not concern the caller's scope are left out.
            after: `next_after` of the page before; 0 for the beginning.
            limit: the largest number of changes.

        Raises:
            Refusal: 422, the feed has no such position.
        """
        scope = caller.scope("case.read")
        # In its own transaction, so that the reading one sees all positions.
        async with self._database.changing() as connection:
            await number_changes(connection)
        async with self._database.reading() as connection:
            newest = await newest_position(connection)
            if after > newest:
                raise Refusal(
                    422, "bad_cursor", f"the feed ends at {newest}; send next_after of the page before, or 0"
                )
            items = await changes_after(connection, after, limit=_SCANNED)
        found: list[FeedChange] = []
        for item in items:
            if len(found) == limit:
                break
            after = item.position
            seen = item.seen(scope)
            if seen is not None:
                found.append(FeedChange(**as_data(item, seen)))
        return FeedPage(changes=found, next_after=after, more=after < newest)
