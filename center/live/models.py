"""What the center answers about now, over HTTP and on the live feed."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from center.cases.models import Case
from center.history.models import RuleEvent
from center.models import EntityKind, Time


class Entity(Struct, frozen=True, kw_only=True):
    """Where something was last, by its newest good fix.

    Attributes:
        key: `{kind}/{id}`, what it is called on the live feed.
        name: what people call it, as its status says (`detail.name`); null where it does not.
        entity_type: what it is, such as bus or tilt, as its status says (`detail.type`).
        time: when the fix was taken.
        received_at: when the centre had it.
        speed_mps: metres per second.
        heading_deg: degrees clockwise from north.
        accuracy_m: radius in metres.
    """

    key: str
    kind: EntityKind
    id: str
    name: str | None
    entity_type: str | None
    district: str
    time: Time
    received_at: Time
    lat: float
    lon: float
    speed_mps: float | None
    heading_deg: float | None
    accuracy_m: float | None
    ignition: bool | None


class LastFix(Struct, frozen=True, kw_only=True):
    """The newest fix of an entity, however old.

    Attributes:
        doubtful: it is kept off the map: no fix, (0, 0), a time ahead or an impossible jump.
    """

    time: Time
    lat: float
    lon: float
    doubtful: bool


class EntityDetail(Struct, frozen=True, kw_only=True):
    """What is known of an entity, on the map or not.

    Attributes:
        online: what it last said of itself, or its last will; null if neither.
        first_seen: when it was first heard.
        heard_at: when it was last heard: a fix, a reading or a status.
        fix: null if there never was one.
    """

    kind: EntityKind
    id: str
    name: str | None
    entity_type: str | None
    district: str
    online: bool | None
    first_seen: Time
    heard_at: Time | None
    fix: LastFix | None


class EntityList(Struct, frozen=True, kw_only=True):
    """Everything that is live now."""

    at: Time
    entities: list[Entity]


class DevicesLive(Struct, frozen=True, kw_only=True):
    """How many of a kind are there.

    Attributes:
        live: heard of recently.
        known: ever heard of.
    """

    kind: EntityKind
    live: int
    known: int


class SystemStatus(Struct, frozen=True, kw_only=True):
    """The status strip.

    Attributes:
        cases_open: of those that the account may see; likewise `cases_overdue`.
        messages_per_s: fixes and readings stored a second, over the last few seconds.
        lag_p50_s: seconds from fix to receipt, median of the entities heard of in the last 15 s.
        lag_p99_s: likewise, p99.
        browsers: connected to this center's live feed.
        waiting: what the center waits for (the database is away, say); null when all is well.
    """

    at: Time
    devices: list[DevicesLive]
    messages_per_s: float | None
    lag_p50_s: float | None
    lag_p99_s: float | None
    cases_open: int
    cases_overdue: int
    browsers: int
    waiting: str | None


class Still(Struct, frozen=True, kw_only=True):
    """A camera has a newer still, at `/api/v1/cameras/{camera}/still`."""

    camera: str
    district: str
    time: Time


class Snapshot(Struct, frozen=True, kw_only=True, tag_field="type", tag="snapshot"):
    """First on the live feed: all there is now that the account may see.

    Attributes:
        cases: those that are open.
        rule_events: the newest that came in within a day, oldest first; at most 200.
    """

    at: Time
    entities: list[Entity]
    cases: list[Case]
    stills: list[Still]
    rule_events: list[RuleEvent]
    status: SystemStatus


class Delta(Struct, frozen=True, kw_only=True, tag_field="type", tag="delta"):
    """Then, at most twice a second: what has changed since the last.

    Attributes:
        entities: moved or new.
        gone: keys of entities without a fix for too long.
        cases: opened or changed; one with `closed_at` is open no more.
        cases_gone: numbers of cases that the account may see no more, such as those of another department by
            now.
        rule_events: new ones, and those from which a case was opened since; of a great many the newest 200.
        status: null when it hasn't changed.
    """

    at: Time
    entities: list[Entity]
    gone: list[str]
    cases: list[Case]
    cases_gone: list[str]
    stills: list[Still]
    rule_events: list[RuleEvent]
    status: SystemStatus | None


STRUCTS: Final = (
    EntityList,
    EntityDetail,
    SystemStatus,
    Snapshot,
    Delta,
)
"""What OpenAPI describes."""
