"""The rules that can be set, as `[[rules]]` tables of the settings; `watches` chooses the kind."""

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
        description="A GeoJSON file of polygons with a `name` each; relative to this settings file.",
    ),
]
_Seconds = Annotated[float, Meta(ge=0, le=7 * 86_400)]


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="watches"):
    """The settings that all rules share."""

    name: Annotated[Slug, Meta(description="The rule's name in rule events; do not change it later.")]
    kinds: Annotated[
        tuple[Kind, ...], Meta(min_length=1, description="The kind of senders that the rule is about.")
    ] = (
        Kind.VEHICLE,
        Kind.PERSON,
    )
    ids: Annotated[
        tuple[str, ...], Meta(description="Ids of the senders, with * and ? as wildcards; empty: all.")
    ] = ()
    opens_case: Annotated[
        Slug | None,
        Meta(description="The incident type of the case that the rule opens; if left out, it opens none."),
    ] = None

    def concerns(self, kind: Kind, identity: str) -> bool:
        """Whether the rule is about a sender."""
        return kind in self.kinds and (
            not self.ids or any(fnmatchcase(identity, pattern) for pattern in self.ids)
        )


class Fence(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="fence"):
    """Entering and leaving areas."""

    areas: _AreaFile
    settle_s: Annotated[
        _Seconds, Meta(description="Seconds on the other side of the border before the change counts.")
    ] = 10.0


class KeyArea(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="key_area"):
    """Being in an area at forbidden hours."""

    areas: _AreaFile
    hours: Annotated[
        tuple[Annotated[str, Meta(pattern="^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$")], ...],
        Meta(min_length=1, description='The forbidden hours, such as "22:00-06:00".'),
    ]
    time_zone: Annotated[str, Meta(description="The time zone of the hours.")] = "Asia/Shanghai"
    settle_s: Annotated[_Seconds, Meta(description="Seconds inside before it counts.")] = 10.0


class Stall(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="stall"):
    """Standing in an area for too long, for vehicles of vendors or waste collectors; `ids` selects them."""

    areas: _AreaFile
    below_kmh: Annotated[float, Meta(gt=0, le=50, description="Below this speed the vehicle stands.")] = 3.0
    moving_kmh: Annotated[
        float,
        Meta(
            gt=0,
            le=100,
            description="Above this speed the vehicle drives; speeds between the two may be GPS noise.",
        ),
    ] = 15.0
    for_s: Annotated[_Seconds, Meta(description="Seconds of standing before it counts.")] = 300.0
    leave_s: Annotated[_Seconds, Meta(description="Seconds away or driving after which it ends.")] = 30.0


class Speed(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="speed"):
    """Driving too fast for too long."""

    limit_kmh: Annotated[float, Meta(gt=0, le=1000, description="The limit; faster is speeding.")]
    for_s: Annotated[_Seconds, Meta(description="Seconds above the limit before it counts.")] = 10.0
    end_kmh: Annotated[
        float | None, Meta(description="Speeding ends below this; if left out, a tenth below the limit.")
    ] = None
    gap_s: Annotated[_Seconds, Meta(description="A silence longer than this restarts the seconds.")] = 120.0


class Stop(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="stop"):
    """Standing still, and driving on: the beginning and the end of trips."""

    below_kmh: Annotated[float, Meta(gt=0, le=50, description="Below this speed the vehicle stands.")] = 3.0
    for_s: Annotated[_Seconds, Meta(description="Seconds of standing before it is a stop.")] = 180.0
    moving_s: Annotated[_Seconds, Meta(description="Seconds of moving after which the stop ends.")] = 10.0


class Idling(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="idling"):
    """Standing with the ignition on; devices without an ignition value are ignored."""

    below_kmh: Annotated[float, Meta(gt=0, le=50, description="Below this speed the vehicle stands.")] = 3.0
    for_s: Annotated[_Seconds, Meta(description="Seconds of idling before it counts.")] = 300.0


class Offline(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="offline"):
    """Silence of a sender for too long."""

    after_s: Annotated[
        float,
        Meta(ge=10, le=30 * 86_400, description="Seconds of silence, while ingest itself was connected."),
    ] = 600.0


class Threshold(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="telemetry"):
    """A reading above or below a threshold."""

    reading: Annotated[Name, Meta(description="The name of the reading in telemetry.")]
    above: Annotated[float | None, Meta(description="Begins above this value.")] = None
    below: Annotated[float | None, Meta(description="Begins below this value; give one of the two.")] = None
    clear: Annotated[
        float | None,
        Meta(description="Ends only beyond this value on the other side; if left out, the threshold."),
    ] = None
    for_s: Annotated[_Seconds, Meta(description="Seconds beyond the threshold before it counts.")] = 0.0
    kinds: Annotated[tuple[Kind, ...], Meta(min_length=1, description="Whom it is about.")] = (Kind.DEVICE,)


AnyRule: TypeAlias = Fence | KeyArea | Stall | Speed | Stop | Idling | Offline | Threshold
