"""Administration of webhooks: each change with its entry in the audit log, in one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from casework.exchange import webhooks
from casework.exchange.message import body_of
from casework.exchange.webhooks import NoSuchWebhookError, Wanted, WebhookError
from center.database import Database
from center.exchange import models
from center.people.caller import Caller
from center.web.answers import Refusal
from store.audit import note
from store.connection import Connection

RIGHT = "exchange.administer"


class WebhookAdministration:
    """Subscriptions and their dead letters, in the database.

    Args:
        database: holds them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self) -> models.WebhookList:
        """All subscriptions."""
        async with self._database.reading() as connection:
            rows = await webhooks.list_webhooks(connection)
        return models.WebhookList(webhooks=[_entry(row) for row in rows])

    async def add(
        self, caller: Caller, name: str, wanted: Wanted, *, after: int | None
    ) -> models.WebhookWithSecret:
        """Add a subscription."""
        async with self._changing(caller, name, added=True, url=wanted.url) as connection:
            secret = await webhooks.add_webhook(connection, name, wanted, by=caller.login, after=after)
            entry = _entry(await webhooks.find_webhook(connection, name))
        return models.WebhookWithSecret(webhook=entry, secret=secret)

    async def change(self, caller: Caller, name: str, wanted: Wanted) -> models.WebhookList:
        """Change a subscription."""
        async with self._changing(caller, name, url=wanted.url, enabled=wanted.enabled) as connection:
            await webhooks.change_webhook(connection, name, wanted)
        return await self.list()

    async def remove(self, caller: Caller, name: str) -> models.WebhookList:
        """Remove a subscription with its dead letters."""
        async with self._changing(caller, name, removed=True) as connection:
            await webhooks.remove_webhook(connection, name)
        return await self.list()

    async def rotate(self, caller: Caller, name: str) -> models.WebhookWithSecret:
        """Give a subscription a new secret."""
        async with self._changing(caller, name, secret="changed") as connection:  # noqa: S106 (no secret)
            secret = await webhooks.rotate_secret(connection, name)
            entry = _entry(await webhooks.find_webhook(connection, name))
        return models.WebhookWithSecret(webhook=entry, secret=secret)

    async def dead_letters(self, name: str, *, after: int, limit: int) -> models.DeadLetterPage:
        """The dead letters of a subscription."""
        async with self._reading() as connection:
            rows = await webhooks.dead_letters(connection, name, after=after, limit=limit + 1)
        page = [models.DeadLetter(**row) for row in rows[:limit]]
        return models.DeadLetterPage(
            dead_letters=page, next_after=page[-1].position if len(rows) > limit else None
        )

    async def body(self, name: str, position: int) -> bytes:
        """The body of a dead letter, as it would be sent now."""
        async with self._reading() as connection:
            item = await webhooks.dead_letter(connection, name, position)
            scope = await webhooks.scope_of(connection, await webhooks.wanted_of(connection, name))
        return body_of(item, item.seen(scope))

    async def replay(self, caller: Caller, name: str, positions: Sequence[int] | None) -> models.Replayed:
        """Have dead letters sent again."""
        async with self._changing(
            caller, name, replayed="all" if positions is None else len(positions)
        ) as connection:
            return models.Replayed(replayed=await webhooks.replay(connection, name, positions))

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Connection]:
        with _refusals():
            async with self._database.reading() as connection:
                yield connection

    @asynccontextmanager
    async def _changing(self, caller: Caller, name: str, **detail: Any) -> AsyncIterator[Connection]:
        with _refusals():
            async with self._database.changing() as connection:
                yield connection
                await note(
                    connection,
                    login=caller.login,
                    action=RIGHT,
                    subject=f"webhook/{name}",
                    detail=detail,
                    client=caller.client or None,
                )


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except NoSuchWebhookError as error:
        raise Refusal(404, "no_webhook", str(error)) from None
    except WebhookError as error:
        raise Refusal(422, "not_possible", str(error)) from None


def _entry(row: dict[str, Any]) -> models.WebhookEntry:
    return models.WebhookEntry(**{name: row[name] for name in models.WebhookEntry.__struct_fields__})
