"""Delivers the change feed to subscriptions: in order, one change at a time for each, until it is accepted.

A subscription has a position in the feed. The position moves when a change was accepted by the receiver, or
given up and kept as a dead letter. A worker that is killed has not moved it, so that another one sends the
change again, with the same id.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from cases import CaseError, Scope
from casework.exchange import signing, webhooks
from casework.exchange.feed import FeedItem, changes_at, number_changes
from casework.exchange.message import body_of
from casework.exchange.platforms import platform_message
from casework.exchange.webhooks import Webhook
from store.connection import Connection
from store.queries import load
from worker.database import Database
from worker.errors import WorkerError
from worker.outgoing import Answer, ForbiddenAddressError, Outgoing

log = logging.getLogger(__name__)

_SQL = load("exchange")

_SLICE_S: Final = 20.0
_AT_ONCE: Final = 50
_FIRST_PAUSE_S: Final = 5.0
_LONGEST_PAUSE_S: Final = 3600.0
_REFUSED_ATTEMPTS: Final = 5
_LONGEST_ERROR: Final = 300
_NOT_NOW: Final = frozenset({408, 425, 429})


class Outcome(StrEnum):
    """How an attempt ended; the label of a metric."""

    DELIVERED = "delivered"
    FAILED = "failed"
    """It will be tried again."""
    DEAD = "dead"
    """It was given up, and the change is a dead letter."""


def pause(failures: int) -> timedelta:
    """The time until the next attempt: 5 s, doubled with each failure, an hour at most.

    Args:
        failures: in succession, at least 1.
    """
    return timedelta(seconds=min(_FIRST_PAUSE_S * 2.0 ** min(failures - 1, 20), _LONGEST_PAUSE_S))


def is_refusal(status: int) -> bool:
    """Whether a status says that the receiver works but does not want this message."""
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _NOT_NOW


class Webhooks:
    """Finds subscriptions with changes to deliver, and delivers to one.

    Args:
        database: connections.
        outgoing: sends.
        attempts: after which a change is a dead letter, if the receiver cannot be reached.
        put: puts subscriptions into the queue, by name.
        on_attempt: called with the outcome of each attempt.
        clock: epoch seconds.
        seconds: monotonic seconds.
    """

    def __init__(
        self,
        *,
        database: Database,
        outgoing: Outgoing,
        attempts: int,
        put: Callable[[list[str]], Awaitable[int]],
        on_attempt: Callable[[Outcome], None],
        clock: Callable[[], float],
        seconds: Callable[[], float],
    ) -> None:
        self._database = database
        self._outgoing = outgoing
        self._attempts = attempts
        self._put = put
        self._on_attempt = on_attempt
        self._clock = clock
        self._seconds = seconds

    async def look(self) -> None:
        """Give new changes their positions, and put the subscriptions that have some into the queue.

        Raises:
            DatabaseUnreachableError: the server does not answer.
        """
        async with self._database.connection() as connection:
            await number_changes(connection)
            names = [row["name"] for row in await connection.fetch(_SQL["due_webhooks"])]
        await self._put(names)

    async def do(self, name: str) -> None:
        """Deliver to one subscription for some seconds, or until an attempt fails.

        Raises:
            WorkerError: a case cannot be read.
            DatabaseUnreachableError: the server does not answer.
        """
        end = self._seconds() + _SLICE_S
        try:
            while self._seconds() < end:
                if not await self._next(name):
                    break
            while self._seconds() < end:
                if not await self._replay(name):
                    break
        except CaseError as error:
            raise WorkerError(str(error)) from None

    async def _next(self, name: str) -> bool:
        """Deliver up to the next change that the subscription wants; returns whether to go on."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_SQL["webhook_due"], name)
            if row is None or not row["due"]:
                return False
            webhook = Webhook.of(row, now=row["now"])
            scope = await webhooks.scope_of(connection, webhook.wanted)
            items = await webhooks.waiting_items(connection, webhook, limit=_AT_ONCE)
            for item in items:
                body = await _body(connection, webhook, item, scope)
                if body is not None:
                    break
            else:
                if items:  # none of them is wanted
                    await self._move(connection, webhook, items[-1].position, sent=False)
                return len(items) == _AT_ONCE
        answer = await self._send(webhook, item, body)
        async with self._database.connection() as connection:
            return await self._record(connection, webhook, item, answer)

    async def _record(
        self, connection: Connection, webhook: Webhook, item: FeedItem, answer: Answer | str
    ) -> bool:
        if _is_accepted(answer):
            await self._move(connection, webhook, item.position, sent=True)
            self._on_attempt(Outcome.DELIVERED)
            return True
        error = _in_words(answer)
        if isinstance(answer, Answer) and answer.status == HTTPStatus.GONE:
            await connection.execute(_SQL["webhook_gone"], webhook.name, error)
            log.warning("webhook %s: disabled, its receiver answers 410 Gone", webhook.name)
            self._on_attempt(Outcome.FAILED)
            return False
        refused = isinstance(answer, Answer) and is_refusal(answer.status)
        tried = webhook.attempts + 1
        wait = _pause_after(answer, webhook.failures + 1)
        if tried >= (min(_REFUSED_ATTEMPTS, self._attempts) if refused else self._attempts):
            await connection.execute(
                _SQL["webhook_gave_up"],
                webhook.name, webhook.position, item.position, error,
                timedelta() if refused else wait, refused, tried,
            )  # fmt: skip
            log.warning(
                "webhook %s: change %d given up after %d attempts (%s); it is a dead letter, and later "
                "changes go on",
                webhook.name, item.position, tried, error,
            )  # fmt: skip
            self._on_attempt(Outcome.DEAD)
            return refused
        await connection.execute(_SQL["webhook_failed"], webhook.name, webhook.position, error, wait)
        log.info("webhook %s: attempt %d failed (%s)", webhook.name, tried, error)
        self._on_attempt(Outcome.FAILED)
        return False

    async def _replay(self, name: str) -> bool:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_SQL["webhook_due"], name)
            position = await connection.fetchval(_SQL["next_replay"], name)
            if row is None or position is None:
                return False
            webhook = Webhook.of(row, now=row["now"])
            scope = await webhooks.scope_of(connection, webhook.wanted)
            (item,) = await changes_at(connection, [position])
            body = await _body(connection, webhook, item, scope) or body_of(item, None)
        answer = await self._send(webhook, item, body)
        async with self._database.connection() as connection:
            if _is_accepted(answer):
                await connection.execute(_SQL["replayed"], name, position)
                self._on_attempt(Outcome.DELIVERED)
            else:
                await connection.execute(_SQL["replay_failed"], name, position, _in_words(answer))
                self._on_attempt(Outcome.FAILED)
        return True

    async def _send(self, webhook: Webhook, item: FeedItem, body: bytes) -> Answer | str:
        headers = signing.headers(item.message_id, int(self._clock()), body, webhook.secrets)
        try:
            return await self._outgoing.post(webhook.wanted.url, body, headers)
        except (OSError, ForbiddenAddressError) as error:
            return str(error)[:_LONGEST_ERROR]

    async def _move(self, connection: Connection, webhook: Webhook, position: int, *, sent: bool) -> None:
        await connection.execute(_SQL["webhook_delivered"], webhook.name, position, webhook.position, sent)


async def _body(connection: Connection, webhook: Webhook, item: FeedItem, scope: Scope) -> bytes | None:
    """The message about a change; None if the subscription does not want it."""
    if webhook.kind == "platform":
        return await platform_message(connection, webhook.name, webhook.wanted, item, scope)
    seen = webhook.wanted.told(item, scope)
    return None if seen is None else body_of(item, seen)


def _is_accepted(answer: Answer | str) -> bool:
    return isinstance(answer, Answer) and HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES


def _pause_after(answer: Answer | str, failures: int) -> timedelta:
    asked = answer.retry_after_s if isinstance(answer, Answer) else None
    least = timedelta(seconds=min(asked or 0.0, _LONGEST_PAUSE_S))
    return max(pause(failures), least)


def _in_words(answer: Answer | str) -> str:
    if isinstance(answer, str):
        return answer
    return f"{answer.status} {answer.text}".strip()[:_LONGEST_ERROR]
