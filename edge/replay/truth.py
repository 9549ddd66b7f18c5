"""Reads the ground truth of recorded clips, from a file written by hand or by the simulated city.

By hand, `truth.json` (docs/placing-a-camera.md) has `clips`, each with `file` and `events`, and `negatives`,
clips without events. An event has `bbox` [left, top, right, bottom] in pixels, and `later_boxes` if
it moved a little. In seconds into the clip it has `final_rest` or `begins_s`, when the object came to rest,
and `removed` or `ends_s`, when it was gone (null: it stays). `kind` is the kind of incident that it must
match, if any; `group` and the clip's `zones` are for `scripts/bench real-clips` (docs/real-clips.md). The
city's file has `cameras`, and `events` with `box_px`.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from edge.replay.errors import ReplayError
from edge.replay.score import Box, Truth

_LABEL_ERROR_PX: Final = 4.0


class HandEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happens, as a person wrote it down; other keys are for people."""

    bbox: Box
    begins_s: float | None = None
    final_rest: float | None = None
    ends_s: float | None = None
    removed: float | None = None
    kind: str = ""
    group: str = ""
    later_boxes: tuple[Box, ...] = ()


class HandZone(msgspec.Struct, frozen=True, kw_only=True):
    """A zone to watch in a clip; corners in pixels of the picture."""

    id: Annotated[str, msgspec.Meta(min_length=1)]
    polygon_px: Annotated[tuple[tuple[float, float], ...], msgspec.Meta(min_length=3)]


class HandClip(msgspec.Struct, frozen=True, kw_only=True):
    """A clip and its events."""

    file: Annotated[str, msgspec.Meta(min_length=1)]
    events: tuple[HandEvent, ...] = ()
    zones: tuple[HandZone, ...] = ()


class HandTruth(msgspec.Struct, frozen=True, kw_only=True):
    """A file written by hand."""

    clips: tuple[HandClip, ...] = ()
    negatives: tuple[HandClip, ...] = ()


class CityEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the simulated city."""

    camera: str
    type: str
    box_px: Box
    begins_s: float
    ends_s: float


class CityCamera(msgspec.Struct, frozen=True, kw_only=True):
    """A camera of the simulated city and its clip."""

    camera: str
    clip: Annotated[str, msgspec.Meta(min_length=1)]


class CityTruth(msgspec.Struct, frozen=True, kw_only=True):
    """The ground truth of a city folder."""

    cameras: tuple[CityCamera, ...]
    events: tuple[CityEvent, ...]


def read(file: Path) -> HandTruth | CityTruth:
    """Read a truth file of either kind.

    Raises:
        ReplayError: it is missing, not a truth file, or an event's box or times are impossible.
    """
    try:
        told: Any = msgspec.json.decode(file.read_bytes())
        if isinstance(told, dict) and "cameras" in told:
            return msgspec.convert(told, CityTruth)
        told_by_hand = msgspec.convert(told, HandTruth)
    except OSError as error:
        raise ReplayError(f"cannot read {file} ({error.strerror}); give --truth a truth file") from None
    except msgspec.MsgspecError as error:
        raise ReplayError(f"{file} is not a truth file: {error}; see docs/placing-a-camera.md") from None
    for clip in (*told_by_hand.clips, *told_by_hand.negatives):
        for number, event in enumerate(clip.events):
            _check(event, f"{file}: {clip.file}, event {number + 1}")
    return told_by_hand


def _check(event: HandEvent, where: str) -> None:
    begins_s, ends_s = times_of(event)
    for left, top, right, bottom in (event.bbox, *event.later_boxes):
        if not (0 <= left < right < math.inf and 0 <= top < bottom < math.inf):
            raise ReplayError(f"{where}: a box is [left, top, right, bottom] in pixels, not {event.bbox}")
    if begins_s is None:
        raise ReplayError(f"{where} has neither begins_s nor final_rest; give one")
    if not 0 <= begins_s < math.inf or (ends_s is not None and not begins_s < ends_s < math.inf):
        raise ReplayError(f"{where} begins at {begins_s} s and ends at {ends_s} s; give them in order")


def times_of(event: HandEvent) -> tuple[float | None, float | None]:
    """When the object came to rest and when it had gone, seconds into the clip."""
    begins_s = event.begins_s if event.begins_s is not None else event.final_rest
    return begins_s, event.ends_s if event.ends_s is not None else event.removed


def events_of(told: HandTruth | CityTruth, video: Path) -> list[Truth]:
    """The events of one clip.

    Raises:
        ReplayError: the truth file does not list the clip.
    """
    if isinstance(told, CityTruth):
        for camera in told.cameras:
            if Path(camera.clip).name == video.name:
                return [_of_city(event) for event in told.events if event.camera == camera.camera]
    else:
        for clip in (*told.clips, *told.negatives):
            if Path(clip.file).name == video.name:
                return [by_hand(event) for event in clip.events]
    raise ReplayError(f"the truth file does not list {video.name}; add the clip, even if it has no events")


def by_hand(event: HandEvent) -> Truth:
    """An event of a file that was read; a label may be off by a few pixels."""
    begins_s, ends_s = times_of(event)
    assert begins_s is not None
    left, top, right, bottom = event.bbox
    error = _LABEL_ERROR_PX
    wider = (left - error, top - error, right + error, bottom + error)
    return Truth(
        kind=event.kind,
        begins_s=begins_s,
        ends_s=ends_s,
        boxes=(event.bbox, wider, *event.later_boxes),
    )


def _of_city(event: CityEvent) -> Truth:
    return Truth(kind=event.type, begins_s=event.begins_s, ends_s=event.ends_s, boxes=(event.box_px,))
