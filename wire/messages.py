"""Message types: the payload of each stream. The unit of a number is in its name or in the docstring.

Every length and every number has a limit. `wire.codec` refuses a payload that breaks one as a whole;
`wire.partial` keeps its valid items. Optional fields may be left out; unknown fields are ignored, so a newer
device can talk to an older centre.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal
from uuid import UUID

from msgspec import Meta, Struct, field

from wire.topics import ID_PATTERN

EARLIEST_EPOCH_S: Final = (
    946_684_800  # 2000-01-01: an earlier time comes from a device whose clock was never set
)
LATEST_EPOCH_S: Final = 4_102_444_800  # 2100-01-01: a later time is in milliseconds, or wrong

MAX_BATCH: Final = 1000
"""Maximum number of fixes (or telemetry samples) in one message."""

MAX_READINGS: Final = 64
"""Maximum number of readings in one telemetry sample."""

MAX_TEXT_READING: Final = 256
"""Maximum length of a text reading, characters."""

MAX_DETAILS: Final = 256
"""Maximum number of facts in the detail of a status."""

MAX_PICTURE_BYTES: Final = 1024 * 1024
MAX_EVIDENCE_BYTES: Final = 8 * 1024 * 1024
MAX_PAYLOAD_BYTES: Final = 12 * 1024 * 1024
"""Bytes, larger than any valid message: evidence of `MAX_EVIDENCE_BYTES` in base64, and its fields."""

Time = (
    Annotated[
        float,
        Meta(
            ge=EARLIEST_EPOCH_S,
            lt=LATEST_EPOCH_S,
            description="Seconds since 1970-01-01T00:00:00Z, fractions allowed.",
        ),
    ]
    | Annotated[datetime, Meta(tz=True, description="RFC 3339 with a time zone.")]
)
"""A time on the wire: epoch seconds, or RFC 3339 text with a zone."""

_END = r"(?![\s\S])"
"""End of text in Python's and in JSON Schema's regular expressions; Python's `$` also matches before a
newline."""

Latitude = Annotated[float, Meta(ge=-90, le=90, description="Degrees north.")]
Longitude = Annotated[float, Meta(ge=-180, le=180, description="Degrees east.")]
Identity = Annotated[str, Meta(pattern=f"^{ID_PATTERN}{_END}", max_length=64)]
Slug = Annotated[str, Meta(pattern=rf"^[a-z][a-z0-9_]{{0,47}}{_END}")]
ComponentCode = Annotated[str, Meta(pattern=rf"^[0-9]{{16}}{_END}", description="16-digit component code.")]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Text = Annotated[str, Meta(max_length=500)]
PictureBytes = Annotated[bytes, Meta(min_length=1, max_length=MAX_PICTURE_BYTES)]
Pixels = Annotated[float, Meta(ge=-100_000, le=100_000)]
Measurement = Annotated[float, Meta(ge=-1e15, le=1e15)]
Digest = Annotated[
    str, Meta(pattern=rf"^[0-9a-f]{{64}}{_END}", description="SHA-256 of the bytes, hexadecimal.")
]


class Position(Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """One GNSS fix of a vehicle, a person or a device.

    Attributes:
        time: when the fix was taken, by the device's clock.
        lat: degrees north, in the datum that `coord` names.
        lon: degrees east, likewise.
        speed_mps: metres per second over ground.
        heading_deg: degrees clockwise from north, 0 up to but not including 360 (360 is taken as 0).
        altitude_m: metres above the ellipsoid or mean sea level, depending on the device.
        accuracy_m: radius in metres that contains the true place with 68 % probability.
        ignition: whether a vehicle's ignition is on; None if unknown.
        fix: false if the receiver had no fix and repeats an old place.
        coord: the datum of `lat` and `lon`.
        id: the sender's id; may be left out; if present, it must equal the topic's id.
    """

    time: Time
    lat: Latitude
    lon: Longitude
    speed_mps: Annotated[float, Meta(ge=0, le=300)] | None = None
    heading_deg: Annotated[float, Meta(ge=0, le=360)] | None = None
    altitude_m: Annotated[float, Meta(ge=-1000, le=20000)] | None = None
    accuracy_m: Annotated[float, Meta(ge=0, le=1_000_000)] | None = None
    ignition: bool | None = None
    fix: bool = True
    coord: Literal["wgs84", "gcj02", "bd09"] = "wgs84"
    id: Identity | None = None


TelemetryValue = bool | Measurement | Annotated[str, Meta(max_length=MAX_TEXT_READING)]


class Telemetry(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Named readings of a device at one moment, such as `{"tilt_deg": 3.5, "water_level_m": 0.4}`.

    Attributes:
        time: when the readings were taken.
        values: 1 to 64 readings by name (1 to 64 characters); the unit belongs in the name.
        id: the sender's id; if present, it must equal the topic's id.
    """

    time: Time
    values: Annotated[dict[Name, TelemetryValue], Meta(min_length=1, max_length=MAX_READINGS)]
    id: Identity | None = None


class Frame(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One still picture, from a camera that publishes JPEG itself, or from a box: a camera's newest still.

    Attributes:
        time: when the picture was taken.
        jpeg: the JPEG file, base64 on the wire, at most 1 MiB.
        camera: the camera's id; a box must give it, a camera may leave it out.
    """

    time: Time
    jpeg: PictureBytes
    camera: Identity | None = None


class Phase(StrEnum):
    """The phase of an incident: begun, changed, or ended."""

    BEGUN = "begun"
    CHANGED = "changed"
    ENDED = "ended"


class PictureRole(StrEnum):
    """What a picture shows: the place in its normal state, the finding, or the place after restoration."""

    BEFORE = "before"
    FINDING = "finding"
    RESTORED = "restored"


class Picture(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A picture inside an incident message, so both are stored in one transaction.

    Attributes:
        role: what it shows.
        taken_at: when it was taken.
        jpeg: the JPEG file, base64 on the wire, at most 1 MiB.
    """

    role: PictureRole
    taken_at: Time
    jpeg: PictureBytes


class Incident(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Something wrong in the street, from its beginning to its end, as a series of revisions.

    (`incident_id`, `revision`) is the natural key: a repeat changes nothing.

    Attributes:
        incident_id: made by the sender; the same for all revisions.
        revision: 1 for the first message about the incident, counting up.
        phase: begun, changed or ended.
        type: the incident type, such as `cover_missing`, `stall` or `goods`; the centre maps it to a case
            code.
        observed_at: when this revision was confirmed.
        began_at: when the incident probably began.
        lat: degrees north of the place, WGS-84.
        lon: degrees east of the place, WGS-84.
        camera: id of the camera that saw it.
        zone: the configured zone or cover of that camera.
        component: the code of the component concerned, 16 digits, if there is one (such as a manhole cover).
        confidence: 0 to 1.
        box_px: the finding in the picture: left, top, right, bottom in pixels.
        cues: the measurements behind the verdict, by name. The beginning of a `cover_displaced` has
            `lies_left`, `lies_top`, `lies_right` and `lies_bottom`: the box in which the cover lies now, in
            pixels of the picture; `box_px` is its place.
        recognised: what a model takes the object for, such as `car`, `bag` or `bicycle`; absent if it says
            nothing.
        pictures: at most 4.
    """

    incident_id: UUID
    revision: Annotated[int, Meta(ge=1, le=100_000)]
    phase: Phase
    type: Slug
    observed_at: Time
    began_at: Time
    lat: Latitude
    lon: Longitude
    camera: Identity | None = None
    zone: Name | None = None
    component: ComponentCode | None = None
    confidence: Annotated[float, Meta(ge=0, le=1)] = 1.0
    box_px: tuple[Pixels, Pixels, Pixels, Pixels] | None = None
    cues: Annotated[dict[Name, Measurement], Meta(max_length=64)] = field(default_factory=dict)
    recognised: Slug | None = None
    pictures: Annotated[list[Picture], Meta(max_length=4)] = field(default_factory=list)


class Evidence(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A larger piece of evidence (a clip, a further picture) that follows its incident.

    Attributes:
        incident_id: the incident it belongs to, which may arrive later than the evidence.
        digest: SHA-256 of `data`, hexadecimal; the natural key.
        role: what it shows.
        taken_at: when.
        media_type: `image/jpeg` or `video/mp4`.
        data: the file, base64 on the wire, at most 8 MiB.
    """

    incident_id: UUID
    digest: Digest
    role: PictureRole
    taken_at: Time
    media_type: Literal["image/jpeg", "video/mp4"]
    data: Annotated[bytes, Meta(min_length=1, max_length=MAX_EVIDENCE_BYTES)]


class Status(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Whether a sender is online: published retained on connecting, and by the broker as its last will.

    Attributes:
        online: true while connected.
        time: when the status was made; a last will has the time of the connection.
        program: name and version of the program, for example `streetwarden-edge 0.1.0`.
        detail: short named facts, such as `{"camera.c1": "watching", "outbox": "0"}`.
    """

    online: bool
    time: Time
    program: Text | None = None
    detail: Annotated[dict[Name, Text], Meta(max_length=MAX_DETAILS)] = field(default_factory=dict)


class ReceiptOutcome(StrEnum):
    """The centre's result for a message; after any of the three, the sender may delete it."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


class Receipt(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The centre's answer, after the commit, to an incident revision or a piece of evidence.

    Attributes:
        incident_id: the incident.
        outcome: stored, duplicate (stored before), or refused (quarantined; sending it again does not help).
        revision: the incident's revision; absent for evidence.
        digest: the evidence's digest; absent for an incident.
        case_number: the case that the incident opened or joined.
        reason: why it was refused.
    """

    incident_id: UUID
    outcome: ReceiptOutcome
    revision: int | None = None
    digest: Digest | None = None
    case_number: Name | None = None
    reason: Text | None = None


Message = Position | Telemetry | Frame | Incident | Evidence | Status | Receipt


def as_datetime(time: float | datetime) -> datetime:
    """A wire time as an aware UTC datetime."""
    return datetime.fromtimestamp(time, UTC) if isinstance(time, (float, int)) else time.astimezone(UTC)


def as_epoch(time: float | datetime) -> float:
    """A wire time as seconds since the epoch."""
    return float(time) if isinstance(time, (float, int)) else time.timestamp()
