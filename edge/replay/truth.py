"""Reads what really happens in a recorded clip, from a file written by hand or by the made city.

By hand, `truth.json` (docs/placing-a-camera.md) has `clips`, each with `file` and `events`, and `negatives`,
clips in which nothing happens. An event has `bbox` [left, top, right, bottom] in pixels. In seconds into the
clip it has `final_rest` or `begins_s`, when the object came to rest, and `removed` or `ends_s`, when it had
gone (null: it stays). `kind` names the kind of incident that it must match, if any. The city's file has
`cameras`, and `events` with `box_px`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from edge.replay.errors import ReplayError
from edge.replay.score import Box, Truth

_LABEL_ERROR_PX: Final = 4.0
_TOPPLES: Final = 0.35


class HandEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happens, as a person wrote it down; other keys are for people."""

    bbox: Box
    begins_s: float | None = None
    final_rest: float | None = None
    ends_s: float | None = None
    removed: float | None = None
    kind: str = ""


class HandClip(msgspec.Struct, frozen=True, kw_only=True):
    """A clip and its events."""

    file: str
    events: tuple[HandEvent, ...] = ()


class HandTruth(msgspec.Struct, frozen=True, kw_only=True):
    """A file written by hand."""

    clips: tuple[HandClip, ...] = ()
    negatives: tuple[HandClip, ...] = ()


class CityEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the made city."""

    camera: str
    type: str
    box_px: Box
    begins_s: float
    ends_s: float


class CityCamera(msgspec.Struct, frozen=True, kw_only=True):
    """A camera of the made city and its clip."""

    camera: str
    clip: Annotated[str, msgspec.Meta(min_length=1)]


class CityTruth(msgspec.Struct, frozen=True, kw_only=True):
    """The truth of a city folder."""

    cameras: tuple[CityCamera, ...]
    events: tuple[CityEvent, ...]


def read(file: Path) -> HandTruth | CityTruth:
    """Read a truth file of either kind.

    Raises:
        ReplayError: it is missing, or not such a file.
    """
    try:
        told: Any = msgspec.json.decode(file.read_bytes())
        if isinstance(told, dict) and "cameras" in told:
            return msgspec.convert(told, CityTruth)
        return msgspec.convert(told, HandTruth)
    except OSError as error:
        raise ReplayError(f"cannot read {file} ({error.strerror}); give --truth a truth file") from None
    except msgspec.MsgspecError as error:
        raise ReplayError(f"{file} is no truth file: {error}; see docs/placing-a-camera.md") from None


def events_of(told: HandTruth | CityTruth, video: Path) -> list[Truth]:
    """What happens in one clip.

    Raises:
        ReplayError: the truth does not speak of that clip.
    """
    if isinstance(told, CityTruth):
        for camera in told.cameras:
            if Path(camera.clip).name == video.name:
                return [_of_city(event) for event in told.events if event.camera == camera.camera]
    else:
        for clip in (*told.clips, *told.negatives):
            if Path(clip.file).name == video.name:
                return [_by_hand(event) for event in clip.events]
    raise ReplayError(f"the truth file does not speak of {video.name}; add the clip, without events if so")


def _by_hand(event: HandEvent) -> Truth:
    begins_s = event.begins_s if event.begins_s is not None else event.final_rest
    if begins_s is None:
        raise ReplayError("an event of the truth file has neither begins_s nor final_rest; give one")
    left, top, right, bottom = event.bbox
    topple = _TOPPLES * (right - left)  # what falls over is still the same thing
    wider = (
        left - _LABEL_ERROR_PX,
        top - _LABEL_ERROR_PX,
        right + max(_LABEL_ERROR_PX, topple),
        bottom + _LABEL_ERROR_PX,
    )
    return Truth(
        kind=event.kind,
        begins_s=begins_s,
        ends_s=event.ends_s if event.ends_s is not None else event.removed,
        boxes=(event.bbox, wider),
    )


def _of_city(event: CityEvent) -> Truth:
    return Truth(kind=event.type, begins_s=event.begins_s, ends_s=event.ends_s, boxes=(event.box_px,))
