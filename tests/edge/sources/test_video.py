"""Real clips through PyAV: only necessary frames are decoded, and time continues when a file loops."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge.errors import SourceError
from edge.sources.captured_frame import CapturedFrame
from edge.sources.decode_choice import Decode
from edge.sources.video import Clocks, Video
from edge.worker import Heartbeat
from tests.edge.clips import encode, noisy, pavement

START = 1_800_000_000.0


class QuickHeartbeat(Heartbeat):
    """A heartbeat with a simulated clock: waiting takes no time."""

    def __init__(self) -> None:
        self.now = 100.0
        super().__init__(lambda: self.now)

    def wait_until(self, moment_s: float) -> bool:
        self.now = max(self.now, moment_s)
        return not self.is_over()


def shown(number: int) -> float:
    """Pictures of the clip tell their number by their brightness."""
    return 30.0 + 5 * number


def counting_clip(file: Path, frames: int, *, keyframe_every: int, b_frames: int = 0, first: int = 0) -> Path:
    """Four frames a second; each brighter than the one before."""
    pictures = (np.full((240, 320, 3), shown(first + number), np.uint8) for number in range(frames))
    return encode(file, pictures, keyframe_every=keyframe_every, b_frames=b_frames)


def player(
    file: Path, *, decode: Decode = "auto", loop: bool = False, longest_gap_s: float = 6.0
) -> tuple[Video, Iterator[CapturedFrame]]:
    """A file and its pictures, for which nobody waits."""
    heartbeat = QuickHeartbeat()
    clocks = Clocks(monotonic=lambda: heartbeat.now, wall=lambda: START + heartbeat.now)
    video = Video(
        camera="c1",
        url=str(file),
        live=False,
        loop=loop,
        transport="tcp",
        patience_s=5.0,
        decode=decode,
        longest_gap_s=lambda: longest_gap_s,
        clocks=clocks,
    )
    return video, video.frames(heartbeat)


def play(
    file: Path, count: int, *, decode: Decode = "auto", loop: bool = False, longest_gap_s: float = 6.0
) -> tuple[Video, list[CapturedFrame]]:
    video, pictures = player(file, decode=decode, loop=loop, longest_gap_s=longest_gap_s)
    return video, list(itertools.islice(pictures, count))


def numbers(pictures: list[CapturedFrame]) -> list[int]:
    return [round((float(picture.image().mean()) - 28) / 5) for picture in pictures]


def times(pictures: list[CapturedFrame]) -> list[float]:
    return [round(picture.at_s - 100.0, 3) for picture in pictures]


def test_keyframes_alone_are_whole_pictures(tmp_path: Path) -> None:
    clip = counting_clip(tmp_path / "clip.mp4", 24, keyframe_every=8)
    _, pictures = play(clip, 99, decode="keyframes")
    assert times(pictures) == [0.0, 2.0, 4.0]
    assert numbers(pictures) == [0, 8, 16]
    assert [picture.taken_at - START - 100.0 for picture in pictures] == pytest.approx([0.0, 2.0, 4.0])


@pytest.mark.parametrize("b_frames", [0, 2])
def test_all_frames_come_in_order(tmp_path: Path, b_frames: int) -> None:
    clip = counting_clip(tmp_path / "clip.mp4", 24, keyframe_every=8, b_frames=b_frames)
    _, pictures = play(clip, 99, decode="all")
    seen = numbers(pictures)
    assert seen == sorted(seen)
    assert len(seen) >= 24 // (b_frames + 1) - 1  # what no other frame rests upon is left out
    assert times(pictures) == [number / 4 for number in seen]


def test_all_frames_until_keyframes_are_known_to_be_enough(tmp_path: Path) -> None:
    clip = counting_clip(tmp_path / "clip.mp4", 40, keyframe_every=8)
    video, pictures = play(clip, 99)
    assert numbers(pictures) == [*range(16), 16, 24, 32]
    assert not video.decodes_all
    assert video.keyframes.interval_s == pytest.approx(2.0)


def test_rare_keyframes_mean_all_frames_and_a_word_about_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clip = counting_clip(tmp_path / "clip.mp4", 40, keyframe_every=8)
    with caplog.at_level(logging.WARNING):
        video, pictures = play(clip, 99, longest_gap_s=1.5)
    assert len(pictures) == 40
    assert video.decodes_all
    (record,) = caplog.records
    said = record.getMessage()
    assert said.startswith("camera c1 has sent no keyframe for 1.75 s, its places need one every 1.50 s")
    assert said.endswith("keyframe interval (I-frame interval, GOP) to 1.5 s")


def test_time_continues_when_a_file_loops(tmp_path: Path) -> None:
    clip = counting_clip(tmp_path / "clip.mp4", 16, keyframe_every=8)
    _, pictures = play(clip, 6, decode="keyframes", loop=True)
    assert times(pictures) == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    assert numbers(pictures) == [0, 8, 0, 8, 0, 8]


def test_a_keyframe_may_be_decoded_long_after_its_file_was_closed(tmp_path: Path) -> None:
    clip = counting_clip(tmp_path / "clip.mp4", 16, keyframe_every=8)
    _, pictures = play(clip, 99, decode="keyframes")
    clip.unlink()
    assert numbers(list(reversed(pictures))) == [8, 0]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere\.mp4 does not exist"):
        play(tmp_path / "nowhere.mp4", 1)


def test_a_file_that_is_no_video_is_named(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"no video" * 1000)
    with pytest.raises(SourceError, match=r"clip\.mp4 cannot be read as video"):
        play(tmp_path / "clip.mp4", 1)


def test_a_damaged_stretch_is_left_out(tmp_path: Path) -> None:
    clip = encode(tmp_path / "clip.ts", (noisy(pavement(), n) for n in range(40)), keyframe_every=8)
    data = bytearray(clip.read_bytes())
    third = len(data) // 3
    data[third : third + third // 2] = np.random.default_rng(1).bytes(third // 2)
    clip.write_bytes(data)
    _, pictures = play(clip, 99, decode="all")
    assert 5 < len(pictures) < 40
    assert times(pictures) == sorted(times(pictures))


def test_life_ends_a_wait(tmp_path: Path) -> None:
    clip = counting_clip(tmp_path / "clip.mp4", 16, keyframe_every=8)
    heartbeat = Heartbeat(time.monotonic)
    clocks = Clocks(monotonic=time.monotonic, wall=time.time)
    video = Video(
        camera="c1", url=str(clip), live=False, loop=True, transport="tcp", patience_s=5.0,
        decode="keyframes", longest_gap_s=lambda: 6.0, clocks=clocks,
    )  # fmt: skip
    pictures: Iterator[CapturedFrame] = video.frames(heartbeat)
    next(pictures)
    heartbeat.end()
    assert list(pictures) == []
