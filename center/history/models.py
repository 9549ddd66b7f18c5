"""The API's answers about the past."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from center.models import EntityKind, Time


class Fix(Struct, frozen=True, kw_only=True):
    """One position; values that the device did not send are null.

    Attributes:
        ignition: on, off, or null.
        flags: its quality flags, 0 for none (store/quality.py).
    """

    kind: EntityKind
    id: str
    time: Time
    lat: float
    lon: float
    speed_mps: float | None
    heading_deg: float | None
    altitude_m: float | None
    accuracy_m: float | None
    ignition: bool | None
    flags: int


class FixPage(Struct, frozen=True, kw_only=True):
    """Some fixes, oldest first, one entity after the other.

    Attributes:
        next_cursor: for the next page; null on the last.
    """

    fixes: list[Fix]
    next_cursor: str | None


class Place(Struct, frozen=True, kw_only=True):
    """A place, WGS-84."""

    lat: float
    lon: float


class HistoryLeg(Struct, frozen=True, kw_only=True):
    """A trip or a stop.

    Attributes:
        begin: when it began.
        until: when it ended.
        distance_m: along the fixes; 0 for a stop.
        mean_mps: mean speed of a trip.
        top_mps: top speed of a trip; null if no speed is known.
        idling_s: seconds of a stop with the ignition on.
        start: where it began.
        end: where it ended.
    """

    what: Literal["trip", "stop"]
    begin: Time
    until: Time
    start: Place
    end: Place
    distance_m: float
    mean_mps: float | None
    top_mps: float | None
    idling_s: float


class HistoryGap(Struct, frozen=True, kw_only=True):
    """A silence in which the place changed: the way in between is unknown.

    Attributes:
        begin: time of the last fix before the gap.
        until: time of the first fix after the gap.
        start: place of the last fix before the gap.
        end: place of the first fix after the gap.
        distance_m: straight-line distance between the two.
    """

    begin: Time
    until: Time
    start: Place
    end: Place
    distance_m: float


class Journeys(Struct, frozen=True, kw_only=True):
    """Trips and stops of one entity in a period, in order, and their totals.

    Attributes:
        gaps: silences within the trips and stops.
        distance_m: along the fixes, straight over the gaps.
    """

    kind: EntityKind
    id: str
    legs: list[HistoryLeg]
    gaps: list[HistoryGap]
    distance_m: float
    moving_s: float
    standing_s: float


class SpeedBucket(Struct, frozen=True, kw_only=True):
    """A part of a speed profile.

    Attributes:
        distance_m: cumulative: from the first fix of the period to the last of this bucket.
    """

    begin: Time
    mean_mps: float
    top_mps: float
    distance_m: float


class SpeedProfile(Struct, frozen=True, kw_only=True):
    """Speed over a period, in buckets of equal length; buckets without a fix are left out."""

    kind: EntityKind
    id: str
    buckets: list[SpeedBucket]


class Visit(Struct, frozen=True, kw_only=True):
    """One entity's stay near a place; after ten minutes of absence a new visit begins."""

    kind: EntityKind
    id: str
    first_at: Time
    last_at: Time
    fixes: int
    nearest_m: float


class VisitList(Struct, frozen=True, kw_only=True):
    """Visits, earliest first."""

    visits: list[Visit]


class Sample(Struct, frozen=True, kw_only=True):
    """Readings of one time, by name; the unit is in the name."""

    time: Time
    values: dict[str, bool | float | str]


class SamplePage(Struct, frozen=True, kw_only=True):
    """Some readings, oldest first.

    Attributes:
        latest: the newest value of every reading, whatever the period; null if there is none.
        next_cursor: for the next page; null on the last.
    """

    kind: EntityKind
    id: str
    latest: Sample | None
    samples: list[Sample]
    next_cursor: str | None


class RuleEvent(Struct, frozen=True, kw_only=True):
    """A rule event: the condition of a rule began or ended for an entity.

    Attributes:
        name: the entity's name from its status; null if it has none.
        time: when the condition began or ended.
        decided_at: time of the fix or reading that decided it.
        received_at: when the centre received that.
        watches: the kind of the rule: fence, speed, stop …
        lat: degrees north of the entity's place; null if unknown.
        lon: degrees east, likewise.
        value: speed in m/s, or the reading.
        incident_id: of the case that the rule opened or restored.
        case_number: the case that was opened from it, by the rule or by a person.
    """

    kind: EntityKind
    id: str
    district: str
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
    """Some rule events, newest first.

    Attributes:
        next_cursor: for the next page; null on the last.
    """

    events: list[RuleEvent]
    next_cursor: str | None


STRUCTS: Final = (
    RuleEventPage,
    FixPage,
    SamplePage,
    Journeys,
    SpeedProfile,
    VisitList,
)
"""What OpenAPI describes."""
