"""A stream without pictures is abandoned. Simulated time, real files in place of a stream."""

from __future__ import annotations

import itertools
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame

from bench.clip_corpus import Clip, write
from edge.errors import SourceError
from edge.sources.video import Clocks, Video
from edge.worker import Heartbeat

PATIENCE_S = 5.0


def stream(file: Path, *, step_s: float) -> Video:
    """A file as if it were a stream, of which each packet takes its time."""
    clock = itertools.count()
    return Video(
        camera="c1",
        url=str(file),
        live=True,
        loop=False,
        transport="tcp",
        patience_s=PATIENCE_S,
        decode="auto",
        longest_gap_s=lambda: 6.0,
        clocks=Clocks(monotonic=lambda: next(clock) * step_s, wall=lambda: 0.0),
    )


def watch(video: Video) -> int:
    """How many frames come before it ends."""
    count = 0
    try:
        for _ in video.frames(Heartbeat(lambda: 0.0)):
            count += 1
    except SourceError as error:
        raise SourceError(f"after {count} frames: {error}") from None
    return count


def sound(file: Path) -> Path:
    """Twelve seconds of silence."""
    with av.open(str(file), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        for number in range(96):
            frame = AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 8000, number * 1024
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"has no video"):
        watch(stream(sound(tmp_path / "sound.mp4"), step_s=0.0))


def test_sound_without_pictures_times_out(tmp_path: Path) -> None:
    file = write(Clip(coding="h264", container="ts", sound="first"), tmp_path)
    with pytest.raises(SourceError, match=r"after 0 frames: .* sends audio, but no picture for [56] s"):
        watch(stream(file, step_s=1.0))


def test_pictures_that_cannot_be_decoded_any_more_end_the_connection(tmp_path: Path) -> None:
    file = write(Clip(coding="h264-all-intra", container="ts", damage="other-coding"), tmp_path)
    with pytest.raises(
        SourceError, match=r"after \d\d frames: .*no picture of it could be decoded for 2\d s"
    ):
        watch(stream(file, step_s=1.5))


def test_a_stream_that_is_joined_between_keyframes_is_waited_for(tmp_path: Path) -> None:
    file = write(Clip(coding="h264", container="ts", damage="begins-late"), tmp_path)
    with pytest.raises(SourceError, match=r"after \d\d frames: the stream has ended"):
        watch(stream(file, step_s=4.0))
