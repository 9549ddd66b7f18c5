"""What is sent to another platform: cases that are handed over, their withdrawal, progress and results.

A platform stands for a department here. Whatever is dispatched to that department, or one below it, is handed
over. The case stays ours, and its clocks run on. A case that came from a platform is told of there, event by
event, until it has ended (ADR 0242).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from cases import CaseEvent, CaseState, Scope
from casework.exchange.feed import FeedItem, told, told_changes
from casework.exchange.webhooks import Wanted, WebhookError, add_webhook
from store.case_history import history
from store.connection import Connection
from store.queries import load

_SQL = load("platforms")

HANDED_OVER: Final = "case.handed_over"
WITHDRAWN: Final = "case.withdrawn"
PROGRESS: Final = "case.progress"
RESULT: Final = "case.result"

_MAX_BYTES: Final = 60_000
_LONGEST_TEXT: Final = 1000


def actor_of(platform: str) -> str:
    """The actor of what a platform does here."""
    return f"platform/{platform}"


async def add_platform(
    connection: Connection, name: str, wanted: Wanted, *, by: str, secret: bytes | None
) -> str:
    """Add a platform; returns the secret that both sides share.

    Args:
        connection: in a transaction.
        name: its name here.
        wanted: its inbox, and the departments for which it stands; none if cases only come from there.
        by: a login; `system/…` for a command.
        secret: that the other side has made; None for a new one.

    Raises:
        WebhookError: as `add_webhook`, or a filter is given that a platform does not have.
    """
    if wanted.actions or wanted.districts:
        raise WebhookError("a platform gets what is dispatched to its departments; give no other filter")
    made = await add_webhook(connection, name, wanted, by=by)
    await connection.execute(_SQL["add_platform"], name, secret)
    return made


async def platform_message(
    connection: Connection, platform: str, wanted: Wanted, item: FeedItem, scope: Scope
) -> bytes | None:
    """The message to a platform about a change; None if it is not told of it.

    Args:
        connection: in any state.
        platform: its name.
        wanted: of its subscription.
        item: the change.
        scope: the departments for which it stands.
    """
    came = await connection.fetch(_SQL["came_as"], platform, item.case_id)
    if came:
        if item.event.actor == actor_of(platform):
            return None
        return _progress(item, [dict(row) for row in came])
    if not wanted.departments or item.event.actor == actor_of(platform):
        return None
    is_there, was_there = _is_in(scope, item.after), item.before is not None and _is_in(scope, item.before)
    if is_there and item.after.ended_as is None and (not was_there or item.event.action == "rework"):
        events = await history(connection, item.case_id)
        return _document(item, [each for each in events if each.sequence <= item.event.sequence])
    unfinished = item.before is not None and item.before.handled_at is None
    ended = item.after.ended_as is not None and item.before is not None and item.before.ended_as is None
    if was_there and unfinished and (not is_there or ended):
        return _encoded(WITHDRAWN, item, {"number": item.after.number, "note": _cut(item.event.note)})
    return None


def _is_in(scope: Scope, case: CaseState) -> bool:
    return case.department is not None and scope.contains(
        district=case.district, department=case.department, assignee=case.assignee, opener=case.opener
    )


def _document(item: FeedItem, events: list[CaseEvent]) -> bytes:
    """A case with its history; if it is too large, the oldest events after the first are left out."""
    case = {name: _cut(value) for name, value in told(item.after).items()}
    lines = [
        {
            "sequence": event.sequence,
            "at": event.at,
            "action": event.action,
            "actor": event.actor,
            "note": _cut(event.note),
            "changed": {name: _cut(value) for name, value in told_changes(event).items()},
        }
        for event in events
    ]
    omitted = 0
    while True:
        data = {
            "number": item.after.number,
            "sequence": item.event.sequence,
            "case": case,
            "history": lines,
            "omitted": omitted,
        }
        body = _encoded(HANDED_OVER, item, data)
        if len(body) <= _MAX_BYTES or len(lines) <= 1:
            return body
        left_out = max(1, len(lines) // 4)
        lines = [lines[0], *lines[1 + left_out :]] if len(lines) > 1 + left_out else lines[:1]
        omitted = len(events) - len(lines)


def _progress(item: FeedItem, cases: list[dict[str, Any]]) -> bytes:
    ended = item.after.ended_as
    begun = item.before is not None and item.before.ended_as is None
    kind = RESULT if ended is not None and begun else PROGRESS
    return _encoded(
        kind,
        item,
        {
            "cases": cases,
            "remote_number": item.after.number,
            "action": item.event.action,
            "note": _cut(item.event.note),
            "stage": item.after.stage,
            "ended_as": ended,
        },
    )


def _encoded(kind: str, item: FeedItem, data: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"type": kind, "timestamp": item.event.at, "data": data})


def _cut(value: Any) -> Any:
    return value[:_LONGEST_TEXT] if isinstance(value, str) else value
