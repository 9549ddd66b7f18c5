"""The API's answers about the change feed and webhooks."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from casework.exchange.imports import Imported
from center.models import Time


class FeedChange(Struct, frozen=True, kw_only=True):
    """One change of a case.

    Attributes:
        position: in the feed.
        number: of the case.
        seen: `in`: the caller may see the case and could before; `entered`: may see it since this change;
            `left`: may not see it any more, and learns nothing else about it.
        sequence: of the event in the case's history.
        at: when it was written.
        action: of the event; null if the case left.
        actor: a login, or the program or device that acted; null if the case left.
        note: the actor's note.
        changed: the fields that the event changes, with their new values; null if the case left.
        case: the case after the event; null if it left.
    """

    position: int
    number: str
    seen: str
    sequence: int
    at: Time
    action: str | None = None
    actor: str | None = None
    note: str | None = None
    changed: dict[str, Any] | None = None
    case: dict[str, Any] | None = None


class FeedPage(Struct, frozen=True, kw_only=True):
    """Some changes, in the order of the feed.

    Attributes:
        next_after: the `after` of the next request, also if `changes` is empty.
        more: whether there are further changes now.
    """

    changes: list[FeedChange]
    next_after: int
    more: bool


class WebhookEntry(Struct, frozen=True, kw_only=True):
    """A subscription with the state of its delivery.

    Attributes:
        kind: `changes`, or `platform`: cases are handed over to it, and come from it.
        actions: of events; empty for all. `districts` and `departments` (codes) likewise.
        disabled_reason: why it was disabled; null if a person did it, or it is enabled.
        position: up to this, changes are delivered, filtered out, or dead letters.
        waiting: changes after it.
        oldest_at: when the oldest of them was written.
        attempts: failed, for the next change.
        next_at: the time of the next attempt, if something waits.
        last_error: of the newest failed attempt, if no delivery followed.
        dead_letters: changes whose delivery was given up.
    """

    name: str
    kind: str
    url: str
    actions: list[str]
    districts: list[str]
    departments: list[str]
    enabled: bool
    disabled_reason: str | None
    position: int
    waiting: int
    oldest_at: Time | None
    attempts: int
    next_at: Time
    last_error: str | None
    delivered_at: Time | None
    dead_letters: int
    created_by: str
    created_at: Time


class WebhookList(Struct, frozen=True, kw_only=True):
    """All subscriptions."""

    webhooks: list[WebhookEntry]


class WebhookWithSecret(Struct, frozen=True, kw_only=True):
    """A subscription, and its new secret, which is not shown again."""

    webhook: WebhookEntry
    secret: str


class DeadLetter(Struct, frozen=True, kw_only=True):
    """A change whose delivery was given up.

    Attributes:
        attempts: how many failed.
        error: of the last one.
        replay_at: when somebody asked for another attempt that has not been made yet.
        number: of the case; `sequence` and `action` of the event.
    """

    position: int
    died_at: Time
    attempts: int
    error: str
    replay_at: Time | None
    number: str
    sequence: int
    action: str


class DeadLetterPage(Struct, frozen=True, kw_only=True):
    """Some dead letters, in the order of the feed; null if `next_after` has none after it."""

    dead_letters: list[DeadLetter]
    next_after: int | None


class WebhookMessage(Struct, frozen=True, kw_only=True):
    """A message as it is sent to a receiver.

    Attributes:
        type: `case.` and the action of the event, or `case.left`.
        timestamp: of the event.
        data: as FeedChange; `cut` is true in it if long texts were cut.
    """

    type: str
    timestamp: Time
    data: dict[str, Any]


class Replayed(Struct, frozen=True, kw_only=True):
    """The number of dead letters that are sent again."""

    replayed: int


STRUCTS: Final = (
    FeedPage,
    WebhookList,
    WebhookWithSecret,
    DeadLetterPage,
    Replayed,
    WebhookMessage,
    Imported,
)
