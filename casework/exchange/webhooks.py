"""Subscriptions of other systems to the change feed: what they want, and up to where it was delivered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self
from urllib.parse import urlsplit

import asyncpg

from cases import EVERYTHING, CaseError, Portion, Scope
from casework.exchange.feed import FeedItem, Seen, changes_after, changes_at, newest_position, number_changes
from casework.exchange.signing import new_secret, write_secret
from store.connection import Connection
from store.departments import read_departments
from store.queries import load

_SQL = load("exchange")

MAX_WEBHOOKS: Final = 50
"""Subscriptions at most. A worker delivers to all of them at once, so that none waits for another."""

SECRET_OVERLAP: Final = timedelta(hours=24)
"""For this long after a new secret is made, messages are signed with the old one too."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ACTION: Final = re.compile(r"[a-z][a-z0-9_]{0,47}")
_DISTRICT: Final = re.compile(r"[0-9]{6}")
_LONGEST_URL: Final = 500
_MAX_WORDS: Final = 200


class WebhookError(CaseError):
    """A subscription is not possible; the text says why, and what to do."""


class NoSuchWebhookError(WebhookError):
    """There is no subscription of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a subscription is for.

    Attributes:
        url: of the receiver.
        actions: of events; empty for all.
        districts: 6 digits each; empty for all.
        departments: codes, each with the departments below it; empty for all.

    Raises:
        WebhookError: a value is not possible.
    """

    url: str
    actions: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    enabled: bool = True

    def __post_init__(self) -> None:
        check_url(self.url)
        for name, values, form in (
            ("action", self.actions, _ACTION),
            ("district", self.districts, _DISTRICT),
            ("department", self.departments, _NAME),
        ):
            if len(values) > _MAX_WORDS:
                raise WebhookError(f"give {_MAX_WORDS} {name}s at most, or none for all")
            for value in values:
                if not form.fullmatch(value):
                    raise WebhookError(f"{name} {value[:64]!r} is not possible; see docs/exchange.md")

    def told(self, item: FeedItem, scope: Scope) -> Seen | None:
        """How the receiver is told of a change; None if it does not want it."""
        if self.actions and item.event.action not in self.actions:
            return None
        return item.seen(scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A subscription with the state of its delivery; see the table `webhook`.

    Attributes:
        kind: `changes`, or `platform` for one that gets messages of `casework.exchange.platforms`.
    """

    name: str
    kind: str
    wanted: Wanted
    secrets: tuple[bytes, ...]
    position: int
    attempts: int
    failures: int

    @classmethod
    def of(cls, row: asyncpg.Record, *, now: datetime) -> Self:
        """A row of the table."""
        old = row["old_secret"] if row["old_secret_until"] and row["old_secret_until"] > now else None
        return cls(
            name=row["name"],
            kind=row["kind"],
            wanted=_wanted(row),
            secrets=(row["secret"],) if old is None else (row["secret"], old),
            position=row["position"],
            attempts=row["attempts"],
            failures=row["failures"],
        )


def check_url(url: str) -> None:
    """Refuse an address that messages cannot be sent to.

    Where its host is in the network is checked at each attempt, because names change their addresses.

    Raises:
        WebhookError: it is malformed.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise WebhookError("the URL is malformed; give https://host/path") from None
    if (
        len(url) > _LONGEST_URL
        or not url.isascii()
        or not url.isprintable()
        or " " in url
        or parts.scheme not in {"https", "http"}
        or not parts.hostname
        or port == 0
    ):
        raise WebhookError(f"give a URL of {_LONGEST_URL} ASCII characters at most, as https://host/path")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise WebhookError("the URL must have no user, password or fragment; the signature tells who sends")


async def add_webhook(
    connection: Connection, name: str, wanted: Wanted, *, by: str, after: int | None = None
) -> str:
    """Add a subscription; returns its secret, which is not shown again.

    Args:
        connection: in a transaction.
        name: new.
        wanted: what it is for.
        by: a login; `system/…` for a command.
        after: the position after which changes are delivered; None for the newest one.

    Raises:
        WebhookError: the name is malformed or taken, there are too many, or the position or a department is
            unknown.
    """
    if not _NAME.fullmatch(name):
        raise WebhookError("a name has 1 to 64 letters, digits, dots, - and _, and begins with no sign")
    await _check_departments(connection, wanted)
    await number_changes(connection)  # "from now" is after all that is committed
    await connection.execute(_SQL["lock_webhooks"])
    if await connection.fetchval("SELECT count(*) FROM webhook") >= MAX_WEBHOOKS:
        raise WebhookError(f"there are {MAX_WEBHOOKS} subscriptions; remove one first")
    if after is not None and not 0 <= after <= await newest_position(connection):
        raise WebhookError(f"the feed has no position {after} yet; give one that it had, or none")
    secret = new_secret()
    added = await connection.fetchval(
        _SQL["add_webhook"],
        name, wanted.url, secret, list(wanted.actions), list(wanted.districts), list(wanted.departments),
        after, by,
    )  # fmt: skip
    if not added:
        raise WebhookError(f"there is a subscription {name!r} already; choose another name")
    return write_secret(secret)


async def change_webhook(connection: Connection, name: str, wanted: Wanted) -> None:
    """Change a subscription; the next attempt is made at once.

    Raises:
        NoSuchWebhookError: there is none of that name.
        WebhookError: there is no such department.
    """
    await _check_departments(connection, wanted)
    _require(
        await connection.fetchval(
            _SQL["change_webhook"],
            name, wanted.url, list(wanted.actions), list(wanted.districts), list(wanted.departments),
            wanted.enabled,
        ),
        name,
    )  # fmt: skip


async def remove_webhook(connection: Connection, name: str) -> None:
    """Remove a subscription with its dead letters.

    Raises:
        NoSuchWebhookError: there is none of that name.
    """
    _require(await connection.fetchval(_SQL["remove_webhook"], name), name)


async def rotate_secret(connection: Connection, name: str) -> str:
    """Give a subscription a new secret; the old one signs as well for `SECRET_OVERLAP`.

    Raises:
        NoSuchWebhookError: there is none of that name.
    """
    secret = new_secret()
    _require(await connection.fetchval(_SQL["rotate_webhook"], name, secret, SECRET_OVERLAP), name)
    return write_secret(secret)


async def list_webhooks(connection: Connection) -> list[dict[str, Any]]:
    """All subscriptions with the state of their delivery, without secrets."""
    hidden = {"secret", "old_secret", "old_secret_until"}
    return [
        {name: value for name, value in row.items() if name not in hidden}
        for row in await connection.fetch(_SQL["webhooks"])
    ]


async def find_webhook(connection: Connection, name: str) -> dict[str, Any]:
    """One of `list_webhooks`.

    Raises:
        NoSuchWebhookError: there is none of that name.
    """
    for row in await list_webhooks(connection):
        if row["name"] == name:
            return row
    raise _no_such(name)


async def wanted_of(connection: Connection, name: str) -> Wanted:
    """What a subscription is for.

    Raises:
        NoSuchWebhookError: there is none of that name.
    """
    row = await connection.fetchrow(_SQL["webhook"], name)
    if row is None:
        raise _no_such(name)
    return _wanted(row)


async def scope_of(connection: Connection, wanted: Wanted) -> Scope:
    """What a subscription may see, as the scope of an account."""
    if not wanted.districts and not wanted.departments:
        return EVERYTHING
    return Scope(
        frozenset(
            {
                Portion(
                    districts=frozenset(wanted.districts) or None,
                    departments=await _with_those_below(connection, wanted.departments) or None,
                )
            }
        )
    )


async def dead_letters(
    connection: Connection, name: str, *, after: int = 0, limit: int = 100
) -> list[dict[str, Any]]:
    """The dead letters of a subscription in the order of the feed.

    Raises:
        NoSuchWebhookError: there is none of that name.
    """
    await wanted_of(connection, name)
    return [dict(row) for row in await connection.fetch(_SQL["dead_letters"], name, after, limit)]


async def dead_letter(connection: Connection, name: str, position: int) -> FeedItem:
    """The change of a dead letter.

    Raises:
        WebhookError: there is no such dead letter.
    """
    rows = await dead_letters(connection, name, after=position - 1, limit=1)
    if not rows or rows[0]["position"] != position:
        raise NoSuchWebhookError(f"{name} has no dead letter {position}; see the list")
    (item,) = await changes_at(connection, [position])
    return item


async def replay(connection: Connection, name: str, positions: Sequence[int] | None = None) -> int:
    """Have dead letters sent again, once each; returns their number.

    Args:
        connection: in a transaction.
        name: of the subscription.
        positions: of the dead letters; None for all.

    Raises:
        NoSuchWebhookError: there is no such subscription, or no dead letter at one of the positions.
    """
    await wanted_of(connection, name)
    wanted = None if positions is None else list(positions)
    found = {row["position"] for row in await connection.fetch(_SQL["replay_dead_letters"], name, wanted)}
    missing = sorted(set(wanted or ()) - found)
    if missing:
        raise NoSuchWebhookError(f"{name} has no dead letter {missing[0]}; see the list")
    return len(found)


async def discard(connection: Connection, name: str, positions: Sequence[int] | None = None) -> int:
    """Delete dead letters; returns their number.

    Raises:
        NoSuchWebhookError: there is no such subscription.
    """
    await wanted_of(connection, name)
    wanted = None if positions is None else list(positions)
    return len(await connection.fetch(_SQL["discard_dead_letters"], name, wanted))


async def switch(connection: Connection, name: str, *, enabled: bool) -> None:
    """Enable or disable a subscription; an enabled one goes on where it stopped.

    Raises:
        NoSuchWebhookError: there is none of that name.
    """
    _require(await connection.fetchval(_SQL["switch_webhook"], name, enabled), name)


async def waiting_items(connection: Connection, webhook: Webhook, *, limit: int) -> list[FeedItem]:
    """The next changes after the position of a subscription."""
    return await changes_after(connection, webhook.position, limit=limit)


async def _check_departments(connection: Connection, wanted: Wanted) -> None:
    if not wanted.departments:
        return
    departments = await read_departments(connection)
    for code in wanted.departments:
        if code not in departments.by_code:
            raise WebhookError(
                f"there is no department with the code {code!r}; look at the tree of departments"
            )


async def _with_those_below(connection: Connection, codes: Sequence[str]) -> frozenset[str]:
    departments = await read_departments(connection)
    found: set[str] = set(codes)
    pending = list(codes)
    while pending:
        code = pending.pop()
        for each in departments.by_code.values():
            if each.parent == code and each.code not in found:
                found.add(each.code)
                pending.append(each.code)
    return frozenset(word for code in found for word in departments.words_for(code))


def _wanted(row: asyncpg.Record) -> Wanted:
    return Wanted(
        url=row["url"],
        actions=tuple(row["actions"]),
        districts=tuple(row["districts"]),
        departments=tuple(row["departments"]),
        enabled=row["enabled"],
    )


def _require(found: object, name: str) -> None:
    if not found:
        raise _no_such(name)


def _no_such(name: str) -> NoSuchWebhookError:
    return NoSuchWebhookError(f"there is no subscription {name!r}; see the list")
