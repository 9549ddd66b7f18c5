"""A clip with its object pasted again: several things of one look, some seconds apart.

The object is cut out within its box by its colours (GrabCut). It is pasted beside itself on the same row,
where its size is right, under whoever passes there, with the exposure of each picture. Its owner is not: the
pasted one appears at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import av.error
import cv2
import numpy as np
from numpy.typing import NDArray

from bench.errors import BenchError
from bench.recorded.folder import Event, RecordedClip
from detectors.look import Image
from edge.replay.score import Box

Picture = NDArray[np.float32]
_AFTER_S: Final = 30.0
_ARRIVES_S: Final = 2.0
_LOOK_S: Final = 0.5
_MIN_LOOKS: Final = 5
_ROUNDS: Final = 5
"""Of GrabCut."""
_MAX_LOOKS: Final = 80
_PASSING: Final = 30.0
"""Grey levels by which somebody passes in front of the ground."""
_MARGIN: Final = 0.25
_STEP: Final = 1.5
"""Distance from one to the next, in widths of the box."""
_FARTHEST: Final = 12
_QUALITY: Final = "16"
_TICK: Final = Fraction(1, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """One pasted object: from when on, and in which columns; the rows are the original's."""

    from_s: float
    columns: slice


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _CutOut:
    """The object with a little ground around it.

    Attributes:
        rows: where it lies.
        columns: likewise.
        thing: (rows, columns, 3) its picture.
        share: (rows, columns, 1) how much of each pixel it is, 0 to 1.
        empty: the median of all pictures.
    """

    rows: slice
    columns: slice
    thing: Picture
    share: Picture
    empty: Picture


def pasted(clip: RecordedClip, event: Event, *, things: int, apart_s: float, into: Path) -> RecordedClip:
    """Write the clip with `things` of the event's object in it, and return it with its truth.

    Raises:
        BenchError: the clip cannot be read, shows its object too shortly, or has no room.
    """
    cut_out = _cut_out(clip, event)
    copies = [
        _Copy(from_s=event.truth.begins_s + number * apart_s, columns=there)
        for number, there in enumerate(_places(clip, event, cut_out, things - 1), 1)
    ]
    file = into / f"{clip.file.stem}-{things}-things-{apart_s:g}-s-apart.mp4"
    _write(file, ((at_s, _with(image, at_s, copies, cut_out)) for at_s, image in _pictures(clip)))
    group = f"{things} things {apart_s:g} s apart"
    others = tuple(one for one in clip.events if one is not event)
    of_group = (replace(event, group=group), *(_event(event, copy, group, cut_out) for copy in copies))
    return RecordedClip(
        name=f"{clip.name}, {group}", file=file, events=(*others, *of_group), zones=clip.zones
    )


def _event(event: Event, copy: _Copy, group: str, cut_out: _CutOut) -> Event:
    aside = copy.columns.start - cut_out.columns.start
    moved: tuple[Box, ...] = tuple(
        (left + aside, top, right + aside, bottom) for left, top, right, bottom in event.truth.boxes
    )
    truth = replace(event.truth, begins_s=copy.from_s, boxes=moved, ends_s=None)
    return Event(name=f"{event.name}, {aside} px aside", group=group, truth=truth)


def _cut_out(clip: RecordedClip, event: Event) -> _CutOut:
    begins_s, ends_s = event.truth.begins_s, event.truth.ends_s
    laid = _median(clip, begins_s + _ARRIVES_S, min(begins_s + _AFTER_S, ends_s or math.inf))
    empty = _median(clip, 0.0, math.inf)  # beside the object the ground is seen for most of the clip
    left, top, right, bottom = event.truth.boxes[0]
    wide, high = _MARGIN * (right - left), _MARGIN * (bottom - top)
    rows = slice(max(0, round(top - high)), min(empty.shape[0], round(bottom + high)))
    columns = slice(max(0, round(left - wide)), min(empty.shape[1], round(right + wide)))
    thing = laid[rows, columns]
    inside = (round(left) - columns.start, round(top) - rows.start, round(right - left), round(bottom - top))
    mask = np.zeros(thing.shape[:2], np.uint8)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    drawn = np.asarray(thing, np.uint8)
    cv2.grabCut(drawn, mask, inside, *models, _ROUNDS, cv2.GC_INIT_WITH_RECT)
    whole = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.float32)
    share = np.asarray(cv2.GaussianBlur(whole, (0, 0), 0.8), np.float32)[:, :, None]
    return _CutOut(rows=rows, columns=columns, thing=thing, share=share, empty=empty)


def _places(clip: RecordedClip, event: Event, cut_out: _CutOut, count: int) -> list[slice]:
    """Columns where copies stand: the nearest free places beside the object, right and left in turn."""
    left, _, right, _ = event.truth.boxes[0]
    taken = [one.truth.boxes[0] for one in clip.events if one is not event]
    found: list[slice] = []
    for number in range(1, _FARTHEST + 1):
        for side in (1, -1):
            aside = round(side * number * _STEP * (right - left))
            there = slice(cut_out.columns.start + aside, cut_out.columns.stop + aside)
            free = all(right + aside < box[0] or left + aside > box[2] for box in taken)
            if len(found) < count and there.start >= 0 and there.stop <= cut_out.empty.shape[1] and free:
                found.append(there)
    if len(found) < count:
        raise BenchError(f"{clip.name} has room for {len(found)} more things beside its own; paste fewer")
    return found


def _with(image: Image, at_s: float, copies: Sequence[_Copy], cut_out: _CutOut) -> Image:
    """The picture with the copies that are there by now, under whoever passes."""
    drawn = image.astype(np.float32)
    for copy in copies:
        if at_s < copy.from_s:
            continue
        place = (cut_out.rows, copy.columns)
        there, ground = drawn[place], cut_out.empty[place]
        gain = float(np.median((there + 1) / (ground + 1)))
        passes = (np.abs(there - gain * ground).max(axis=2) > _PASSING).astype(np.float32)
        passes = np.asarray(cv2.GaussianBlur(cv2.dilate(passes, np.ones((5, 5))), (0, 0), 1.0), np.float32)
        share = cut_out.share * (1 - passes[:, :, None])
        drawn[place] = there * (1 - share) + gain * cut_out.thing * share
    return np.clip(drawn, 0, 255).astype(np.uint8)


def _median(clip: RecordedClip, from_s: float, to_s: float) -> Picture:
    looks: list[Image] = []
    due_s, gap_s = from_s, _LOOK_S
    for at_s, image in _pictures(clip):
        if at_s > to_s:
            break
        if at_s >= due_s:
            looks.append(image)
            due_s = at_s + gap_s
            if len(looks) > _MAX_LOOKS:
                looks, gap_s = looks[::2], 2 * gap_s
    if len(looks) < _MIN_LOOKS:
        raise BenchError(
            f"{clip.name} shows too little from {from_s:.0f} to {to_s:.0f} s to cut its object out; "
            "paste from a clip in which it comes later or stays longer"
        )
    return np.asarray(np.median(np.stack(looks), axis=0), np.float32)


def _pictures(clip: RecordedClip) -> Iterator[tuple[float, Image]]:
    try:
        with av.open(str(clip.file)) as container:
            for frame in container.decode(video=0):
                if frame.time is not None:
                    yield frame.time, np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
    except (OSError, av.error.FFmpegError) as error:
        raise BenchError(f"{clip.name} cannot be read: {error}; give a video that can be played") from None


def _write(file: Path, pictures: Iterator[tuple[float, Image]]) -> None:
    with av.open(str(file), "w") as container:
        stream: av.VideoStream | None = None
        for at_s, image in pictures:
            if stream is None:
                options = {"preset": "ultrafast", "crf": _QUALITY, "g": "25", "bf": "0"}
                stream = container.add_stream("libx264", rate=25, options=options)
                stream.height, stream.width = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
                stream.pix_fmt = "yuv420p"
                stream.codec_context.time_base = _TICK
            even = np.ascontiguousarray(image[: stream.height, : stream.width])
            frame = av.VideoFrame.from_ndarray(even, format="bgr24")
            frame.pts, frame.time_base = round(at_s / _TICK), _TICK
            container.mux(stream.encode(frame))
        if stream is not None:
            container.mux(stream.encode())
