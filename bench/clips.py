"""`scripts/bench clips`: checks that the box plays small clips of every kind correctly.

Codec, container, timestamps, keyframes, sound and damage: all combinations that can be written, or with
`--short` those that the tests run. Each clip is written, played twice through the edge's own capture, and
checked: pictures in order, monotonic time, no gaps, and no more frames decoded than necessary.
"""

from __future__ import annotations

import itertools
import json
import logging
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av.error
import av.logging
import click

from bench.clip_corpus import CODINGS, DAMAGE, FRAMES, FRAMES_PER_S, GOP, STAMPS, Clip, write
from edge.errors import SourceError
from edge.sources.video import Clocks, Video
from edge.worker import Heartbeat

_BEGAN_S: Final = 100.0
_ROUNDS: Final = 2
_GAP_S: Final = 6.0
_SLACK_S: Final = 0.3
_ROUND_S: Final = FRAMES / FRAMES_PER_S
_JUMPS: Final = frozenset(name for name in STAMPS if "ahead" in name)
_RAW: Final = {"h264": "h264", "hevc": "hevc", "mpeg4": "m4v", "mpeg2": "m2v", "mjpeg": "mjpeg"}
"""File suffix of a raw stream of each codec family; it has no timestamps."""
_CONTAINERS: Final = {
    "h264": ("ts", "mp4", "mkv", "avi", "flv", "mov"),
    "hevc": ("ts", "mp4", "mkv"),
    "mpeg4": ("ts", "mp4", "avi", "mkv"),
    "mpeg2": ("ts", "mpg", "avi", "mkv"),
    "mjpeg": ("avi", "mkv", "mov"),
    "vp8": ("mkv",),
    "vp9": ("mkv", "mp4"),
    "av1": ("mkv", "mp4"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """The pictures that were shown of a clip.

    Attributes:
        times_s: the time of each picture, in seconds since the beginning.
        numbers: its frame number, from its brightness; None if it could not be decoded.
        decodes_all: whether every frame was decoded at the end.
        error: why the clip ended, if not by itself.
    """

    times_s: list[float]
    numbers: list[float | None]
    decodes_all: bool
    error: str | None


class _Hurried(Heartbeat):
    """A heartbeat with a simulated clock: waiting takes no time."""

    def __init__(self) -> None:
        self.now = _BEGAN_S
        super().__init__(lambda: self.now)

    def wait_until(self, moment_s: float) -> bool:
        """Advance the clock to that time."""
        self.now = max(self.now, moment_s)
        return not self.is_over()


def play(file: Path, *, rounds: int = _ROUNDS) -> Played:
    """Play a clip repeatedly, without waiting."""
    heartbeat = _Hurried()
    video = Video(
        camera=file.stem,
        url=str(file),
        live=False,
        loop=True,
        transport="tcp",
        patience_s=5.0,
        decode="auto",
        longest_gap_s=lambda: _GAP_S,
        clocks=Clocks(monotonic=lambda: heartbeat.now, wall=lambda: heartbeat.now),
    )
    times_s: list[float] = []
    numbers: list[float | None] = []
    error = None
    try:
        for picture in video.frames(heartbeat):
            if picture.at_s - _BEGAN_S >= rounds * _ROUND_S:
                break
            times_s.append(picture.at_s - _BEGAN_S)
            try:
                numbers.append((float(picture.image().mean()) - 21) / 3)
            except SourceError:
                numbers.append(None)
    except SourceError as ended:
        error = str(ended)
    return Played(times_s=times_s, numbers=numbers, decodes_all=video.decodes_all, error=error)


def faults(clip: Clip, played: Played) -> list[str]:
    """The faults in how a clip was shown; empty if there are none."""
    if played.error is not None:
        return [f"ended: {played.error}"]
    if not played.times_s:
        return ["shows nothing"]
    found = []
    lost = _lost_s(clip)
    gaps = [later - earlier for earlier, later in itertools.pairwise([0.0, *played.times_s])]
    if min(gaps) < 0:
        found.append(f"time goes back by {-min(gaps):.2f} s")
    if max(gaps) > GOP / FRAMES_PER_S + lost + _SLACK_S:
        found.append(f"shows nothing for {max(gaps):.2f} s")
    if played.times_s[-1] < _ROUNDS * _ROUND_S - GOP / FRAMES_PER_S - lost - _SLACK_S:
        found.append(f"ends after {played.times_s[-1]:.2f} s")
    unreadable = sum(number is None for number in played.numbers)
    if unreadable > (3 if clip.damage in {"scrambled", "other-coding", "begins-late", "ends-early"} else 0):
        found.append(f"{unreadable} pictures cannot be decoded")
    seen = [number for number in played.numbers if number is not None]
    back = sum(later < earlier - 1 for earlier, later in itertools.pairwise(seen))
    if back > (
        8 if clip.container == "mjpeg" else 2 * _ROUNDS
    ):  # it begins anew; at 25 frames a second sooner
        found.append(f"{back} times an earlier frame follows")
    if played.decodes_all is CODINGS[clip.coding].standalone and clip.damage == "none":
        found.append("decodes all frames" if played.decodes_all else "decodes keyframes that need others")
    return found


def _lost_s(clip: Clip) -> float:
    """Seconds that may be missing at one place of a clip."""
    if clip.stamps == "three-seconds-left-out":
        return 3.0
    if clip.stamps == "negative" and clip.container in {"mp4", "mov"}:
        return 2.0  # which an edit list cuts off
    if clip.damage == "other-coding":
        return _ROUND_S / 2 + 1.0  # a file is read as what it begins with
    if clip.stamps in _JUMPS and CODINGS[clip.coding].b_frames:
        return 0.75  # frames of both sides of a jump come by turns
    if clip.damage in {"wraps", "hour-back", "starts-over"}:
        return 0.75 if CODINGS[clip.coding].b_frames else 0.0
    return 0.0 if clip.damage == "none" else 2.0


def family(coding: str) -> str:
    """The family of codecs."""
    return coding.partition("-")[0]


def _sounds(container: str) -> tuple[str, ...]:
    """The possible kinds of sound; AVI has no times, and begins with pictures."""
    return ("none", "beside") if container == "avi" else ("none", "beside", "first")


def short() -> tuple[Clip, ...]:
    """The clips that the tests run: each value of each kind at least once, and earlier failures."""
    pairs = [(coding, _CONTAINERS[family(coding)][0]) for coding in CODINGS if coding not in {"vp8", "av1"}]
    bare = ("h264", "h264-slices-apart", "hevc", "hevc-open-gop", "mpeg4", "mpeg2", "mjpeg")
    pairs += [(coding, _RAW[family(coding)]) for coding in bare]
    pairs += itertools.product(("h264", "h264-b-frames", "h264-intra-refresh"), _CONTAINERS["h264"][1:])
    pairs += [("mjpeg", "mkv"), ("mjpeg", "mov"), ("mpeg4-b-frames", "avi"), ("mpeg2-b-frames", "mpg")]
    stamped = itertools.product((("h264", "ts"), ("hevc-open-gop", "mkv")), list(STAMPS)[1:])
    sounding = itertools.product(
        (("h264-b-frames", "ts"), ("h264", "mp4"), ("hevc", "mkv")), ("beside", "first")
    )
    damaged = itertools.product(("h264", "h264-intra-refresh"), list(DAMAGE)[1:])
    return (
        *(Clip(coding=coding, container=container) for coding, container in pairs),
        *(
            Clip(coding=of[0], container=of[1], stamps=stamps)
            for of, stamps in stamped
            if (of[1], stamps) != ("ts", "twice-each")  # which FFmpeg does not write
        ),
        *(Clip(coding=of[0], container=of[1], sound=sound) for of, sound in sounding),
        Clip(coding="mpeg4", container="avi", sound="beside"),
        *(Clip(coding=coding, container="ts", damage=damage) for coding, damage in damaged),
    )


def every() -> Iterator[Clip]:
    """All clips that can be written."""
    for coding in CODINGS:
        kind = family(coding)
        containers = _CONTAINERS[kind][:1] if CODINGS[coding].in_slices else _CONTAINERS[kind]
        for container in (*containers, *((_RAW[kind],) if kind in _RAW else ())):
            stamped = container not in {"mpg", *_RAW.values()}
            for stamps in STAMPS if stamped else ("plain",):
                for sound in _sounds(container) if stamped else ("none",):
                    yield Clip(coding=coding, container=container, stamps=stamps, sound=sound)
            # Of HEVC with intra refresh nothing can be decoded but from its only keyframe on.
            for damage in list(DAMAGE)[1:] if container == "ts" and coding != "hevc-intra-refresh" else ():
                yield Clip(coding=coding, container=container, damage=damage)


@click.command(name="clips")
@click.option("--short", "is_short", is_flag=True, help="Only what the tests run.")
@click.option("--only", default="", help="Only clips whose name holds this.")
@click.option("--json", "as_json", is_flag=True, help="Print only the last line, the JSON object.")
def command(*, is_short: bool, only: str, as_json: bool) -> None:
    """Write small clips of every kind, play them through the edge's capture, and check the pictures."""
    av.logging.set_level(av.logging.PANIC)
    logging.disable()
    wrong: dict[str, Sequence[str]] = {}
    unwritten = judged = 0
    with tempfile.TemporaryDirectory(prefix="streetwarden-clips-") as folder:
        for clip in short() if is_short else every():
            if only not in clip.name:
                continue
            try:
                file = write(clip, Path(folder))
            except av.error.FFmpegError:
                unwritten += 1  # the container has no room for this: AVI for stamps that jump, FLV for HEVC
                continue
            found = faults(clip, play(file))
            file.unlink()
            judged += 1
            if found:
                wrong[clip.name] = found
                if not as_json:
                    click.echo(f"{clip.name}: {'; '.join(found)}")
    click.echo(json.dumps({"clips": judged, "cannot_be_written": unwritten, "wrong": wrong}))
    if wrong or not judged:
        raise SystemExit(1)
