"""RTSP through the real library, from a small real server: pictures in time, and an end to every silence."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import SourceError
from edge.sources.video import Clocks, Video
from edge.worker import Condition, Heartbeat, Worker
from tests.edge.clips import HEIGHT, WIDTH, encode, noisy, pavement
from tests.edge.rtsp_server import RtspServer


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds, eight frames a second, a keyframe each half second."""
    pictures = (noisy(pavement(), number) for number in range(24))
    return encode(tmp_path_factory.mktemp("clips") / "clip.mp4", pictures, frames_per_s=8, keyframe_every=4)


@pytest.fixture
def server(clip: Path) -> Iterator[RtspServer]:
    server = RtspServer(clip)
    yield server
    server.stop()


def video(url: str, *, patience_s: float = 5.0) -> Video:
    return Video(
        camera="c1",
        url=url,
        live=True,
        loop=False,
        transport="tcp",
        patience_s=patience_s,
        decode="auto",
        longest_gap_s=lambda: 2.0,
        clocks=Clocks(monotonic=time.monotonic, wall=time.time),
    )


def new_heartbeat() -> Heartbeat:
    return Heartbeat(time.monotonic)


def test_pictures_come_in_time_and_keyframes_are_enough(server: RtspServer) -> None:
    source = video(server.url)
    began = time.monotonic()
    pictures = list(itertools.islice(source.pictures(new_heartbeat()), 20))
    assert pictures[-1].image().shape == (HEIGHT, WIDTH, 3)
    assert not source.dense
    assert source.gauge.gap_s == pytest.approx(0.5, abs=0.02)
    gaps = [later.at_s - earlier.at_s for earlier, later in itertools.pairwise(pictures)]
    assert all(gap >= 0 for gap in gaps)
    assert pictures[-1].at_s <= time.monotonic()
    assert pictures[0].at_s >= began
    assert pictures[-1].taken_at == pytest.approx(time.time(), abs=10)


def test_a_camera_that_falls_silent_is_given_up(server: RtspServer) -> None:
    pictures = video(server.url, patience_s=1.0).pictures(new_heartbeat())
    next(pictures)
    server.silent.set()
    began = time.monotonic()
    with pytest.raises(SourceError, match=r"sent nothing for 1 s|stream has ended"):
        list(pictures)
    assert time.monotonic() - began < 30


def test_a_camera_that_breaks_off_is_said(server: RtspServer) -> None:
    pictures = video(server.url).pictures(new_heartbeat())
    next(pictures)
    server.broken.set()
    with pytest.raises(SourceError):
        list(pictures)


def test_nobody_there_is_said_without_the_password(server: RtspServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    with pytest.raises(SourceError) as caught:
        next(video(f"rtsp://admin:hidden@127.0.0.1:{port}/stream").pictures(new_heartbeat()))
    assert "refused" in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_camera_that_accepts_and_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(SourceError):
            next(video(f"rtsp://127.0.0.1:{port}/stream", patience_s=1.0).pictures(new_heartbeat()))
        assert time.monotonic() - began < 30


def test_a_worker_comes_back_to_a_camera_that_comes_back(server: RtspServer) -> None:
    source = video(server.url, patience_s=1.0)
    seen = threading.Semaphore(0)

    def read(heartbeat: Heartbeat) -> None:
        for _ in source.pictures(heartbeat):
            heartbeat.thrive()
            seen.release()

    worker = Worker(name="capture c1", work=read, hung_after_s=20.0, longest_pause_s=1.0)
    worker.tend()
    assert seen.acquire(timeout=20)
    server.broken.set()
    end = time.monotonic() + 30
    while worker.condition is not Condition.PAUSING and time.monotonic() < end:
        worker.tend()
        time.sleep(0.02)
    server.broken.clear()
    while server.plays < 2 and time.monotonic() < end:
        worker.tend()
        time.sleep(0.02)
    while seen.acquire(blocking=False):
        pass
    assert seen.acquire(timeout=20)
    worker.stop()
    assert worker.join(20)
