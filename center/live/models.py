"""The API's answers about the present, over HTTP and on the live feed."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from center.cases.models import Case
from center.history.models import RuleEvent
from center.models import EntityKind, Time


class Entity(Struct, frozen=True, kw_only=True):
    """The newest good fix of an entity.

    Attributes:
        key: `{kind}/{id}`, its key on the live feed.
        name: its name from its status (`detail.name`); null if it has none.
        entity_type: its type from its status (`detail.type`), such as bus or tilt.
        time: when the fix was taken.
        received_at: when the centre received it.
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
        doubtful: whether the map does not show it: no fix, (0, 0), a time ahead or an impossible jump.
    """

    time: Time
    lat: float
    lon: float
    doubtful: bool


class EntityDetail(Struct, frozen=True, kw_only=True):
    """What is known about an entity, on the map or not.

    Attributes:
        online: from its last status or last will; null if there is none.
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
    """All entities that are live now."""

    at: Time
    entities: list[Entity]


class DevicesLive(Struct, frozen=True, kw_only=True):
    """How many entities of a kind there are.

    Attributes:
        live: heard recently.
        known: ever heard.
    """

    kind: EntityKind
    live: int
    known: int


class SystemStatus(Struct, frozen=True, kw_only=True):
    """The status strip.

    Attributes:
        cases_open: open cases that the account may see; likewise `cases_overdue`.
        messages_per_s: fixes and readings stored a second, over the last few seconds.
        lag_p50_s: seconds from fix to receipt, median of the entities heard in the last 15 s.
        lag_p99_s: likewise, p99.
        browsers: connected to this center's live feed.
        waiting: why the center waits (such as an unreachable database); null if all is well.
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
    """The first message of the live feed: the present state, as far as the account may see it.

    Attributes:
        cases: open cases; of more than 2,000 those that are due first.
        cases_left_out: how many open cases are not in it; `/cases?open=true&sort=deadline` has all, and
            deltas report each that changes.
        rule_events: the newest of the last day, oldest first; at most 200.
    """

    at: Time
    entities: list[Entity]
    cases: list[Case]
    cases_left_out: int
    stills: list[Still]
    rule_events: list[RuleEvent]
    status: SystemStatus


class Delta(Struct, frozen=True, kw_only=True, tag_field="type", tag="delta"):
    """Every further message, at most twice a second: changes since the last one.

    Attributes:
        entities: moved or new.
        gone: keys of entities without a fix for too long.
        cases: opened or changed; a case with `closed_at` is no longer open.
        cases_gone: numbers of cases that the account may no longer see, such as those that now belong to
            another department.
        rule_events: new ones, and those from which a case was opened since; at most the newest 200.
        status: null if it has not changed.
    """

    at: Time
    entities: list[Entity]
    gone: list[str]
    cases: list[Case]
    cases_gone: list[str]
    stills: list[Still]
    rule_events: list[RuleEvent]
    status: SystemStatus | None


class NoticesChanged(Struct, frozen=True, kw_only=True, tag_field="type", tag="notices"):
    """The caller has new notices, or some were acknowledged; `/me/notices` has them."""

    at: Time


STRUCTS: Final = (
    EntityList,
    EntityDetail,
    SystemStatus,
    Snapshot,
    Delta,
    NoticesChanged,
)
"""What OpenAPI describes."""
