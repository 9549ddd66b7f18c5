"""What the center answers with, over HTTP and on the live feed alike.

One definition serves both: msgspec encodes them, `center/openapi.py` describes them. Every field is always
there; what is not known is null. Times are RFC 3339 in UTC, places WGS-84 degrees. Names come in Chinese and,
under `..._en`, in English.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from cases import Action, Category, Stage

Time = Annotated[datetime, Meta(tz=True)]


class EntityKind(StrEnum):
    """What moves or stands in the street."""

    VEHICLE = "vehicle"
    PERSON = "person"
    DEVICE = "device"
    CAMERA = "camera"
    BOX = "box"


class LayerName(StrEnum):
    """The layers of the city's own map."""

    STREETS = "streets"
    AREAS = "areas"
    GRID = "grid"
    CAMERAS = "cameras"
    COMPONENTS = "components"


class Problem(Struct, frozen=True, kw_only=True):
    """An error, as RFC 9457 has it (`application/problem+json`).

    Attributes:
        type: `about:blank`; the status says what kind it is.
        title: the status in words.
        status: the HTTP status.
        detail: one sentence saying what is wrong and what to do.
        code: a word for programs, such as `stale_sequence`.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str


class SessionInfo(Struct, frozen=True, kw_only=True):
    """Who is signed on.

    Attributes:
        csrf_token: to be sent as `X-CSRF-Token` with every change.
        expires_at: when one must sign on again.
        idle_s: seconds without use after which one must do so before; requests with `X-Background: true`,
            pictures and the live feed are no use.
    """

    login: str
    display_name: str
    csrf_token: str
    expires_at: Time
    idle_s: float


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


class Case(Struct, frozen=True, kw_only=True):
    """A case as a list shows it.

    Attributes:
        number: its name to people.
        type: the incident type that opened it.
        title: what it is about.
        code: 4 digits, class and subclass, in the list that `code_set` names.
        code_name: the name of that code in the list.
        department: who is responsible, by the name that the city's policy gives; null before there is one.
        department_en: null too for one that the policy no longer has.
        street: the nearest street, if it is within 200 m.
        grid_cell: code of the unit grid cell it lies in.
        component: 16-digit code of the component concerned.
        restored_at: when a detector saw the place put right; null while it is not.
        closed_at: when it was closed or cancelled.
        sequence: of its newest event; to be sent back as `expected_sequence`.
        picture: digest of the picture of the finding.
        reports: how many incidents it holds.
    """

    number: str
    type: str
    title: str
    title_en: str
    category: Category
    code_set: str
    code: str
    code_name: str
    code_name_en: str
    stage: Stage
    department: str | None
    department_en: str | None
    district: str
    grid_cell: str | None
    street: str | None
    street_en: str | None
    component: str | None
    camera: str | None
    zone: str | None
    lat: float
    lon: float
    opened_at: Time
    deadline_at: Time
    restored_at: Time | None
    closed_at: Time | None
    changed_at: Time
    sequence: int
    picture: str | None
    reports: int


class CasePage(Struct, frozen=True, kw_only=True):
    """Some cases, newest first.

    Attributes:
        next_cursor: send it back as `cursor` for those that follow; null at the end.
    """

    cases: list[Case]
    next_cursor: str | None


class CaseEvent(Struct, frozen=True, kw_only=True):
    """One entry of a case's history, which is only ever added to.

    Attributes:
        at: when the centre wrote it.
        observed_at: when a detector saw what it says; null for what people do.
        actor: a sign-on name, or the program or device that acted.
        stage: the stage after it.
        evidence: digests of the pictures that came with it.
    """

    sequence: int
    at: Time
    observed_at: Time | None
    actor: str
    action: Action
    stage: Stage
    department: str | None
    department_en: str | None
    note: str | None
    incident_id: UUID | None
    revision: int | None
    evidence: list[str]


class EvidenceFile(Struct, frozen=True, kw_only=True):
    """A picture or clip, to be had at `/api/v1/evidence/{digest}`."""

    digest: str
    role: Literal["before", "finding", "restored"]
    media_type: str
    size_bytes: int
    taken_at: Time
    incident_id: UUID


class Incident(Struct, frozen=True, kw_only=True):
    """An incident as it was last reported.

    Attributes:
        source: `{kind}/{id}` of who reported it.
        confidence: 0 to 1.
        case_number: the case it opened or joined.
        picture: digest of the picture of the finding.
    """

    incident_id: UUID
    revision: int
    phase: Literal["begun", "changed", "ended"]
    type: str
    title: str
    title_en: str
    source: str
    district: str
    observed_at: Time
    began_at: Time
    received_at: Time
    lat: float
    lon: float
    camera: str | None
    zone: str | None
    component: str | None
    confidence: float
    case_number: str | None
    picture: str | None


class IncidentPage(Struct, frozen=True, kw_only=True):
    """Some incidents, newest first."""

    incidents: list[Incident]
    next_cursor: str | None


class RuleEvent(Struct, frozen=True, kw_only=True):
    """What a rule found: a condition of an entity that began or ended.

    Attributes:
        name: what people call the entity, as its status says; null where it does not.
        time: when it began, or ended.
        decided_at: the fix or reading that settled it.
        received_at: when the centre had that.
        watches: what the rule watches for: fence, speed, stop …
        lat: degrees north of where the entity was; null where that is not known.
        lon: degrees east, likewise.
        value: speed in m/s, or the reading.
        incident_id: of the case that the rule opened or restored.
        case_number: the case that was opened from it, by the rule or by a person.
    """

    kind: EntityKind
    id: str
    name: str | None
    time: Time
    decided_at: Time
    received_at: Time
    rule: str
    watches: str
    area: str
    phase: Literal["begun", "ended"]
    lat: float | None
    lon: float | None
    value: float | None
    incident_id: str | None
    case_number: str | None


class RuleEventPage(Struct, frozen=True, kw_only=True):
    """Some findings of rules, newest first.

    Attributes:
        next_cursor: for the next page; null on the last.
    """

    events: list[RuleEvent]
    next_cursor: str | None


class IncidentType(Struct, frozen=True, kw_only=True):
    """A type of incident that the city has decided about."""

    type: str
    title: str
    title_en: str


class IncidentTypeList(Struct, frozen=True, kw_only=True):
    """All of them."""

    types: list[IncidentType]


class PossibleAction(Struct, frozen=True, kw_only=True):
    """What can be done with a case now.

    Attributes:
        to: the stage it leads to.
        needs_department: a department must be named.
        needs_note: a reason must be given.
    """

    action: Action
    to: Stage
    needs_department: bool
    needs_note: bool


class Department(Struct, frozen=True, kw_only=True):
    """Who could be responsible.

    Attributes:
        name: to be sent back as an action's `department`.
    """

    name: str
    name_en: str


class CaseDetail(Struct, frozen=True, kw_only=True):
    """A case with everything that belongs to it."""

    case: Case
    events: list[CaseEvent]
    evidence: list[EvidenceFile]
    incidents: list[Incident]
    actions: list[PossibleAction]
    departments: list[Department]


class Camera(Struct, frozen=True, kw_only=True):
    """A camera.

    Attributes:
        heading_deg: where it looks, degrees clockwise from north.
        still_at: when its newest still was taken; null while there is none.
        state: what its box last said about it, such as `watching`; `offline` when the box is.
    """

    camera: str
    district: str
    name: str | None
    name_en: str | None
    lat: float
    lon: float
    heading_deg: float | None
    still_at: Time | None
    state: str | None


class CameraList(Struct, frozen=True, kw_only=True):
    """All cameras."""

    cameras: list[Camera]


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
    time: Time


class Snapshot(Struct, frozen=True, kw_only=True, tag_field="type", tag="snapshot"):
    """First on the live feed: all there is now.

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
        rule_events: new ones, and those from which a case was opened since; of a great many the newest 200.
        status: null when it hasn't changed.
    """

    at: Time
    entities: list[Entity]
    gone: list[str]
    cases: list[Case]
    stills: list[Still]
    rule_events: list[RuleEvent]
    status: SystemStatus | None


class Geometry(Struct, frozen=True, kw_only=True):
    """A GeoJSON geometry."""

    type: Literal["Point", "LineString", "Polygon"]
    coordinates: list[Any]


class Feature(Struct, frozen=True, kw_only=True):
    """A GeoJSON feature.

    Attributes:
        properties: streets: name, name_en, class, width_m; areas: class (block, building, park, water,
            plaza), name, name_en; grid: code, district, name; cameras: camera, district, name, name_en,
            heading_deg; components: code, code_set, class, name, name_en.
    """

    type: Literal["Feature"]
    geometry: Geometry
    properties: dict[str, str | float | None]


class FeatureCollection(Struct, frozen=True, kw_only=True):
    """A layer, GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"]
    features: list[Feature]
