"""Frigate's events and reviews become incidents (https://docs.frigate.video/integrations/mqtt/).

The settings give the place of each camera, and the labels that are incidents. An incident has two revisions:
revision 1 once the conditions of the label are met, revision 2 when Frigate ends the event. Each message
repeats all fields, so a lost message (Frigate publishes with QoS 0) does no harm unless it is the last.

The adapter needs no state, because the conditions (label, zones entered, best score) never become false again
during an event. If the label requires a stationary object, the end is reported if the object was stationary
when the event ended, or had been stationary before and moved on.

Other messages of Frigate are ignored: `available`, `tracked_object_update`, and message types that a later
Frigate adds, such as reviews of type `genai`.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID, uuid5

from msgspec import Meta, Struct

from ingest.adapters.adapter import Adapter, Translated, read_json, wire_message
from ingest.adapters.cameras import Camera, place_of
from wire.messages import Incident, Slug
from wire.topics import Kind, Stream

_NAMESPACE: Final = UUID("7d9c6d2e-3a51-5e0b-9a3e-0f3a8c5b1d42")  # any, the same in every release
_NAMES: Final = {"events": "frigate event", "reviews": "frigate review"}
_KINDS: Final = frozenset({"new", "update", "end"})
_MOVED_ON: Final = 2
"""Frigate's count of movements: 1 for the first. A higher count means that the object was stationary in
between."""


class _Object(Struct, frozen=True):
    id: str
    camera: str
    label: str
    start_time: float
    frame_time: float | None = None
    end_time: float | None = None
    top_score: float | None = None
    false_positive: bool = False
    stationary: bool = False
    position_changes: int = 0
    entered_zones: tuple[str, ...] = ()
    box: tuple[float, float, float, float] | None = None


class _Before(Struct, frozen=True):
    stationary: bool = False


class _Event(Struct, frozen=True):
    after: _Object
    before: _Before | None = None


class _Found(Struct, frozen=True):
    objects: tuple[str, ...] = ()
    audio: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()


class _Segment(Struct, frozen=True):
    id: str
    camera: str
    start_time: float
    severity: str = "detection"
    end_time: float | None = None
    data: _Found = _Found()


class _Review(Struct, frozen=True):
    after: _Segment


class _Kind(Struct, frozen=True):
    type: str


class Label(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The conditions under which a label is an incident."""

    label: Annotated[str, Meta(min_length=1, max_length=64, description="Frigate's label, such as car.")]
    type: Annotated[Slug, Meta(description="The incident type, such as stall.")]
    zones: Annotated[tuple[str, ...], Meta(description="Only in one of these zones; empty: anywhere.")] = ()
    stationary: Annotated[
        bool, Meta(description="Only once the object is stationary; only events tell that.")
    ] = False
    min_score: Annotated[
        float, Meta(ge=0, le=1, description="Only with at least this best score, 0 to 1.")
    ] = 0.0
    severity: Annotated[
        Literal["alert", "detection"], Meta(description="Only reviews of at least this severity.")
    ] = "detection"


class Frigate(Adapter, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="frigate"):
    """One Frigate server. Subscribe to its events or to its reviews, not to both."""

    reports_incidents: ClassVar[bool] = True
    cameras: Annotated[tuple[Camera, ...], Meta(min_length=1, description="The places of its cameras.")]
    labels: Annotated[tuple[Label, ...], Meta(min_length=1, description="The labels that are incidents.")]
    topics: Annotated[
        tuple[str, ...], Meta(min_length=1, max_length=64, description="MQTT topic filters, with + and #.")
    ] = ("frigate/events",)
    kind: Annotated[Kind, Meta(description="What the sender is: vehicle, person, device, camera or box.")] = (
        Kind.CAMERA
    )

    def read(self, topic: str, payload: bytes) -> Translated:
        """Read an event or a review; an empty list if no label in the settings fits."""
        what = topic.rpartition("/")[2]
        if what not in _NAMES:
            return []
        kind = read_json(payload, _Kind, _NAMES[what]).type
        if kind not in _KINDS:
            return []
        if what == "reviews":
            return self._review(read_json(payload, _Review, _NAMES[what]), ended=kind == "end")
        return self._event(read_json(payload, _Event, _NAMES[what]), ended=kind == "end")

    def _event(self, event: _Event, *, ended: bool) -> Translated:
        seen = event.after
        if seen.false_positive:
            return []
        score = seen.top_score or 0.0
        stood = seen.stationary or (
            ended
            and ((event.before is not None and event.before.stationary) or seen.position_changes >= _MOVED_ON)
        )
        for label in self.labels:
            zone = _zone(label, seen.entered_zones)
            if (
                label.label == seen.label
                and zone is not None
                and score >= label.min_score
                and (stood or not label.stationary)
            ):
                observed = (seen.end_time if ended else seen.frame_time) or seen.start_time
                more = {"confidence": min(score, 1.0), "box_px": seen.box}
                return [
                    self._incident(seen.id, seen.camera, label, zone, seen.start_time, observed, ended, more)
                ]
        return []

    def _review(self, review: _Review, *, ended: bool) -> Translated:
        seen = review.after
        labels = {name.removesuffix("-verified") for name in (*seen.data.objects, *seen.data.audio)}
        found: Translated = []
        for label in self.labels:
            zone = _zone(label, seen.data.zones)
            severe = label.severity == "detection" or seen.severity == "alert"
            if label.label in labels and zone is not None and severe and not label.stationary:
                observed = (seen.end_time if ended else None) or seen.start_time
                key = f"{seen.id} {label.type}"
                found.append(
                    self._incident(key, seen.camera, label, zone, seen.start_time, observed, ended, {})
                )
        return found

    def _incident(  # noqa: PLR0917 all of it belongs to one row
        self,
        key: str,
        camera: str,
        label: Label,
        zone: str,
        began: float,
        observed: float,
        ended: bool,  # noqa: FBT001 likewise
        more: dict[str, Any],
    ) -> tuple[Any, Incident]:
        place = place_of(self.cameras, camera)
        where = self.topic_of(place.our_id, Stream.INCIDENT)
        incident = wire_message(
            Incident,
            incident_id=uuid5(_NAMESPACE, f"{self.district}/{where.id}/{key}"),
            revision=2 if ended else 1,
            phase="ended" if ended else "begun",
            type=label.type,
            observed_at=observed,
            began_at=began,
            lat=place.lat,
            lon=place.lon,
            camera=where.id,
            zone=zone or None,
            **more,
        )
        return where, incident


def _zone(label: Label, entered: tuple[str, ...]) -> str | None:
    """The zone of the incident; empty if the label names no zones, None if none of them was entered."""
    if not label.zones:
        return ""
    return next((zone for zone in label.zones if zone in entered), None)
