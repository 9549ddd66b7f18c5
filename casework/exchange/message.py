"""The body of a webhook message: one change of a case, bounded in size."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from casework.exchange.feed import FeedItem, Seen, told, told_changes

MAX_BYTES: Final = 65_536
_LONGEST_TEXT: Final = 2000


def as_data(item: FeedItem, seen: Seen) -> dict[str, Any]:
    """A change as other systems are told of it; of a case that left their scope, only that it did."""
    data = {
        "position": item.position,
        "number": item.after.number,
        "seen": seen.value,
        "sequence": item.event.sequence,
        "at": item.event.at,
    }
    if seen is Seen.LEFT:
        return data
    return data | {
        "action": item.event.action,
        "actor": item.event.actor,
        "note": item.event.note,
        "changed": told_changes(item.event),
        "case": told(item.after),
    }


def body_of(item: FeedItem, seen: Seen | None) -> bytes:
    """The body of a message, `MAX_BYTES` at most; long texts are cut, and `cut` says so.

    Args:
        item: the change.
        seen: how it concerns the receiver; None if it does not any more, because the subscription
            was changed.
    """
    seen = seen or Seen.LEFT
    data = as_data(item, seen)
    body = _encoded(item, seen, data)
    if len(body) <= MAX_BYTES:
        return body
    case = {name: _cut(value) for name, value in data["case"].items()}
    data |= {"changed": {}, "note": _cut(data["note"]), "case": case, "cut": True}
    return _encoded(item, seen, data)


def _encoded(item: FeedItem, seen: Seen, data: dict[str, Any]) -> bytes:
    kind = "case.left" if seen is Seen.LEFT else f"case.{item.event.action}"
    return msgspec.json.encode({"type": kind, "timestamp": item.event.at, "data": data})


def _cut(value: Any) -> Any:
    return value[:_LONGEST_TEXT] if isinstance(value, str) else value
