"""What can be watched for, as `[[rules]]` tables of the settings; `watches` chooses what."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from wire.messages import Name, Slug
from wire.topics import Kind

_AreaFile = Annotated[
    str,
    Meta(
        min_length=1,
        description="A GeoJSON file of polygons with a `name` each, absolute or as seen from this file.",
    ),
]
_Seconds = Annotated[float, Meta(ge=0, le=7 * 86_400)]


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="watches"):
    """What every rule says."""

    name: Annotated[Slug, Meta(description="The rule's name in the log of events; keep it.")]
    kinds: Annotated[tuple[Kind, ...], Meta(min_length=1, description="Whom it is about.")] = (
        Kind.VEHICLE,
        Kind.PERSON,
    )
    ids: Annotated[tuple[str, ...], Meta(description="Ids it is about, with * and ?; empty: all.")] = ()
    opens_case: Annotated[
        Slug | None, Meta(description="The incident type of the case that it opens; none if left out.")
    ] = None

    def concerns(self, kind: Kind, identity: str) -> bool:
        """Whether the rule is about somebody."""
        return kind in self.kinds and (
            not self.ids or any(fnmatchcase(identity, pattern) for pattern in self.ids)
        )


class Fence(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="fence"):
    """Entering and leaving areas."""

    areas: _AreaFile
    settle_s: Annotated[_Seconds, Meta(description="Seconds on the other side before it counts.")] = 10.0


class KeyArea(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="key_area"):
    """Being in an area at the wrong hours."""

    areas: _AreaFile
    hours: Annotated[
        tuple[Annotated[str, Meta(pattern="^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$")], ...],
        Meta(min_length=1, description='The wrong hours, such as "22:00-06:00".'),
    ]
    time_zone: Annotated[str, Meta(description="The zone of the hours.")] = "Asia/Shanghai"
    settle_s: Annotated[_Seconds, Meta(description="Seconds inside before it counts.")] = 10.0


class Stall(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="stall"):
    """Standing in an area for too long: a vendor's or waste vehicle where no camera is; `ids` says whose."""

    areas: _AreaFile
    below_kmh: Annotated[float, Meta(gt=0, le=50, description="Slower than this is standing.")] = 3.0
    moving_kmh: Annotated[
        float,
        Meta(
            gt=0,
            le=100,
            description="Faster than this is driving; between the two it may be GPS that wanders.",
        ),
    ] = 15.0
    for_s: Annotated[_Seconds, Meta(description="Standing there so long counts.")] = 300.0
    leave_s: Annotated[_Seconds, Meta(description="Away or driving so long ends it.")] = 30.0


class Speed(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="speed"):
    """Driving too fast for too long."""

    limit_kmh: Annotated[float, Meta(gt=0, le=1000, description="Faster than this.")]
    for_s: Annotated[_Seconds, Meta(description="For at least so many seconds.")] = 10.0
    end_kmh: Annotated[
        float | None, Meta(description="It ends below this; the limit less a tenth if left out.")
    ] = None
    gap_s: Annotated[_Seconds, Meta(description="A longer silence starts the seconds anew.")] = 120.0


class Stop(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="stop"):
    """Standing still, and driving on: the beginning and the end of trips."""

    below_kmh: Annotated[float, Meta(gt=0, le=50, description="Slower than this is standing.")] = 3.0
    for_s: Annotated[_Seconds, Meta(description="Standing so long is a stop.")] = 180.0
    moving_s: Annotated[_Seconds, Meta(description="Moving so long ends it.")] = 10.0


class Idling(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="idling"):
    """Standing with the ignition on; devices that do not tell it are left alone."""

    below_kmh: Annotated[float, Meta(gt=0, le=50, description="Slower than this is standing.")] = 3.0
    for_s: Annotated[_Seconds, Meta(description="For at least so many seconds.")] = 300.0


class Offline(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="offline"):
    """Nothing heard for too long."""

    after_s: Annotated[
        float, Meta(ge=10, le=30 * 86_400, description="Seconds of silence, while we were listening.")
    ] = 600.0


class Threshold(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="telemetry"):
    """A reading above or below a threshold."""

    reading: Annotated[Name, Meta(description="The reading's name in the telemetry.")]
    above: Annotated[float | None, Meta(description="Begins above this.")] = None
    below: Annotated[float | None, Meta(description="Begins below this; one of the two.")] = None
    clear: Annotated[
        float | None, Meta(description="Ends only on the other side of this; the threshold if left out.")
    ] = None
    for_s: Annotated[_Seconds, Meta(description="For at least so many seconds.")] = 0.0
    kinds: Annotated[tuple[Kind, ...], Meta(min_length=1, description="Whom it is about.")] = (Kind.DEVICE,)


AnyRule: TypeAlias = Fence | KeyArea | Stall | Speed | Stop | Idling | Offline | Threshold
