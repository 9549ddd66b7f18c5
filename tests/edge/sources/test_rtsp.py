"""RTSP through the real library, from a small real server: pictures in time, and an end to every silence."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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


@pytest.fixture(scope="module")
def clip_in_slices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with four slices a frame."""
    pictures = (noisy(pavement(), number) for number in range(24))
    file = tmp_path_factory.mktemp("clips") / "slices.mp4"
    return encode(file, pictures, frames_per_s=8, keyframe_every=4, slices=4)


@pytest.fixture
def server(clip: Path) -> Iterator[RtspServer]:
    server = RtspServer(clip)
    yield server
    server.stop()


def video(url: str, *, patience_s: float = 5.0, transport: str = "tcp") -> Video:
    return Video(
        camera="c1",
        url=url,
        live=True,
        loop=False,
        transport=transport,
        patience_s=patience_s,
        decode="auto",
        longest_gap_s=lambda: 2.0,
        clocks=Clocks(monotonic=time.monotonic, wall=time.time),
    )


def new_heartbeat() -> Heartbeat:
    return Heartbeat(time.monotonic)


def test_pictures_come_in_time_and_keyframes_are_enough(
    server: RtspServer, caplog: pytest.LogCaptureFixture
) -> None:
    source = video(server.url)
    began = time.monotonic()
    pictures = list(itertools.islice(source.frames(new_heartbeat()), 20))
    assert pictures[-1].image().shape == (HEIGHT, WIDTH, 3)
    assert not source.decodes_all
    assert source.keyframes.interval_s == pytest.approx(0.5, abs=0.02)
    gaps = [later.at_s - earlier.at_s for earlier, later in itertools.pairwise(pictures)]
    assert all(gap >= 0 for gap in gaps)
    assert pictures[-1].at_s <= time.monotonic()
    assert pictures[0].at_s >= began
    assert pictures[-1].taken_at == pytest.approx(time.time(), abs=10)
    assert caplog.text == ""


def test_a_silent_camera_times_out(server: RtspServer) -> None:
    pictures = video(server.url, patience_s=1.0).frames(new_heartbeat())
    next(pictures)
    server.silent.set()
    began = time.monotonic()
    with pytest.raises(SourceError, match=r"sent nothing for 1 s|stream has ended"):
        list(pictures)
    assert time.monotonic() - began < 30


def test_a_camera_that_disconnects_is_reported(server: RtspServer) -> None:
    pictures = video(server.url).frames(new_heartbeat())
    next(pictures)
    server.broken.set()
    with pytest.raises(SourceError):
        list(pictures)


def test_a_missing_server_is_an_error_without_the_password(server: RtspServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    with pytest.raises(SourceError) as caught:
        next(video(f"rtsp://admin:hidden@127.0.0.1:{port}/stream").frames(new_heartbeat()))
    assert "refused" in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_camera_that_accepts_and_never_answers_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(SourceError, match="sent nothing for 1 s"):
            next(video(f"rtsp://127.0.0.1:{port}/stream", patience_s=1.0).frames(new_heartbeat()))
        assert time.monotonic() - began < 30


def test_a_worker_comes_back_to_a_camera_that_comes_back(server: RtspServer) -> None:
    source = video(server.url, patience_s=1.0)
    seen = threading.Semaphore(0)

    def read(heartbeat: Heartbeat) -> None:
        for _ in source.frames(heartbeat):
            heartbeat.note_progress()
            seen.release()

    worker = Worker(name="capture c1", work=read, hung_after_s=20.0, longest_pause_s=1.0)
    worker.supervise()
    assert seen.acquire(timeout=20)
    server.broken.set()
    end = time.monotonic() + 30
    while worker.condition is not Condition.PAUSING and time.monotonic() < end:
        worker.supervise()
        time.sleep(0.02)
    server.broken.clear()
    while server.plays < 2 and time.monotonic() < end:
        worker.supervise()
        time.sleep(0.02)
    while seen.acquire(blocking=False):
        pass
    assert seen.acquire(timeout=20)
    worker.stop()
    assert worker.join(20)


@contextmanager
def serving(clip: Path, **settings: Any) -> Iterator[RtspServer]:
    server = RtspServer(clip, **settings)
    try:
        yield server
    finally:
        server.stop()


@pytest.mark.parametrize("method", ["DESCRIBE", "SETUP", "PLAY"])
def test_a_camera_that_never_answers_one_request_sent_nothing(clip: Path, method: str) -> None:
    with (
        serving(clip, mute={method}) as server,
        pytest.raises(SourceError, match="sent nothing for 1 s"),
    ):
        next(video(server.url, patience_s=1.0).frames(new_heartbeat()))


@pytest.mark.parametrize(
    ("status", "said", "pause_s"),
    [
        ("401 Unauthorized", r"refuses the user or the password \(401\)", 900.0),
        ("403 Forbidden", r"forbids this stream to this user \(403\)", 900.0),
        ("404 Not Found", r"has no stream at this path \(404\)", 0.0),
    ],
)
def test_a_refusal_names_the_remedy_and_what_locks_accounts_is_asked_rarely(
    clip: Path, status: str, said: str, pause_s: float
) -> None:
    with serving(clip, status=status) as server, pytest.raises(SourceError, match=said) as caught:
        next(video(server.url).frames(new_heartbeat()))
    assert caught.value.min_pause_s == pause_s
    assert "hidden" not in str(caught.value)


def test_a_wrong_password_is_tried_once_before_the_pause(clip: Path) -> None:
    with serving(clip, status="401 Unauthorized") as server:
        source = video(server.url)

        def read(heartbeat: Heartbeat) -> None:
            list(source.frames(heartbeat))

        worker = Worker(
            name="capture c1",
            work=read,
            hung_after_s=20.0,
            longest_pause_s=1.0,
        )
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            worker.supervise()
            time.sleep(0.02)
        assert worker.condition is Condition.PAUSING
        assert server.asked.count("DESCRIBE") == 2  # without the password, as RTSP begins, and with it


def test_a_camera_sends_over_udp(clip: Path) -> None:
    with serving(clip) as server:
        source = video(server.url, transport="udp")
        pictures = list(itertools.islice(source.frames(new_heartbeat()), 12))
        assert pictures[-1].image().shape == (HEIGHT, WIDTH, 3)
        assert not source.decodes_all


def test_a_silent_camera_over_udp_times_out(clip: Path) -> None:
    with serving(clip) as server:
        pictures = video(server.url, patience_s=1.0, transport="udp").frames(new_heartbeat())
        next(pictures)
        server.silent.set()
        began = time.monotonic()
        with pytest.raises(SourceError, match=r"sent nothing for|stream has ended"):
            list(pictures)
        assert time.monotonic() - began < 10


def test_a_session_is_kept_alive_and_taken_down(clip: Path) -> None:
    with serving(clip, timeout_s=2) as server:
        heartbeat = new_heartbeat()
        pictures = video(server.url).frames(heartbeat)
        end = time.monotonic() + 20
        for _ in pictures:
            alive = server.asked[server.asked.index("PLAY") :]
            if {"OPTIONS", "GET_PARAMETER"} & set(alive) or time.monotonic() > end:
                break
        assert {"OPTIONS", "GET_PARAMETER"} & set(alive)
        heartbeat.end()
        assert list(pictures) == []
        while server.asked[-1] != "TEARDOWN" and time.monotonic() < end:
            time.sleep(0.02)
        assert server.asked[-1] == "TEARDOWN"


@pytest.mark.parametrize("rate", [90.0, 1 / 90])
def test_stamps_that_run_at_another_rate_are_not_believed(
    clip: Path, rate: float, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(clip, stamp=lambda media_s: int(media_s * 90_000 * rate)) as server:
        source = video(server.url)
        ages: list[tuple[float, float]] = []
        for picture in source.frames(new_heartbeat()):
            now = time.monotonic()
            ages.append((now, now - picture.at_s))
            if now - ages[0][0] > 5.0:
                break
    assert all(0 <= age_s < 2.5 for _, age_s in ages)
    assert ages[-1][1] < 0.5
    assert "do not run as fast as its pictures arrive" in caplog.text


def test_stamps_that_jump_an_hour_silence_nobody(clip: Path) -> None:
    with serving(clip, stamp=lambda media_s: int((media_s + 3600 * int(media_s)) * 90_000)) as server:
        source = video(server.url)
        began = time.monotonic()
        times = [picture.at_s for picture in itertools.islice(source.frames(new_heartbeat()), 16)]
    assert times == sorted(times)
    assert began <= times[0] <= times[-1] <= time.monotonic()
    assert source.keyframes.interval_s is not None
    assert source.keyframes.interval_s < 1.0


def test_keyframes_in_slices_with_repeated_parameter_sets_are_whole(clip_in_slices: Path) -> None:
    def with_sets_before_each(units: list[bytes]) -> list[bytes]:
        sets = [unit for unit in units if unit[0] & 31 in (7, 8)]
        keyframe = any(unit[0] & 31 == 5 for unit in units)
        return [
            each
            for unit in units
            if unit[0] & 31 not in (7, 8)
            for each in ([*sets, unit] if keyframe and unit[0] & 31 == 5 else [unit])
        ]

    with serving(clip_in_slices, arrange=with_sets_before_each) as server:
        source = video(server.url)
        pictures = list(itertools.islice(source.frames(new_heartbeat()), 16))
        assert not source.decodes_all
        assert all(picture.image().shape == (HEIGHT, WIDTH, 3) for picture in pictures)
