"""The real program with cameras that hang, are missing, send JPEG themselves, or have wrong outlines."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest

from edge.sources import jpeg
from tests.edge.clips import crate_clip, encode, noisy, pavement, with_crate
from tests.edge.conftest import StartEdge
from tests.edge.running import BOX, DISTRICT, PATIENCE_S, Center, RunningEdge, crate_camera, until
from tests.servers import Broker
from wire import Frame, Phase
from wire import encode as to_json


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty street."""
    return encode(
        tmp_path_factory.mktemp("clips") / "street.mp4", (noisy(pavement(), number) for number in range(16))
    )


async def state(edge: RunningEdge, camera: str) -> str:
    """The camera's state as the metrics have it."""
    for key, value in (await edge.metrics()).items():
        if key[:2] == ("camera_state", camera) and value == 1:
            return key[2]
    return "unknown"


async def reaches(edge: RunningEdge, camera: str, word: str) -> None:
    async def reached() -> bool:
        return await state(edge, camera) == word

    await until(reached)


async def test_a_camera_that_hangs_delays_no_other_and_is_named_and_tried_again(
    guarded_broker: Broker, start_edge: StartEdge, street: Path, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)  # opening it waits for somebody to write, for ever, inside the library
    cameras = crate_camera("dead", f"file:{pipe}") + crate_camera("alive", f"file:{street}", loop=True)
    async with Center(guarded_broker.url) as center:
        edge = start_edge(cameras, looks_hung_after_s=5, capture_patience_s=1, stills_every_s=0.5)
        await reaches(edge, "alive", "watching")
        await reaches(edge, "dead", "hung")

        async def tried_again() -> bool:
            return await edge.metric("worker_restarts_total", "dead", "capture") >= 2

        before, began = await edge.metric("looks_total", "alive", "done"), time.monotonic()
        await until(tried_again)
        after, passed_s = await edge.metric("looks_total", "alive", "done"), time.monotonic() - began
        assert (after - before) / passed_s > 1  # two a second are wanted
        assert await edge.metric("worker_restarts_total", "alive", "capture") == 0
        await until(lambda: bool(center.statuses) and center.statuses[-1].detail.get("camera.dead") == "hung")
        assert center.statuses[-1].detail["camera.alive"] == "watching"
        assert center.statuses[-1].detail["camera.dead.reason"] == "no sign of life for 6 s"
    assert edge.stop() == 0


async def test_a_camera_whose_file_comes_later_is_watched_then(
    start_edge: StartEdge, street: Path, tmp_path: Path
) -> None:
    edge = start_edge(crate_camera("c1", "file:later.mp4", loop=True), capture_longest_pause_s=1)
    await reaches(edge, "c1", "no signal")
    (tmp_path / "later.mp4").symlink_to(street)
    await reaches(edge, "c1", "watching")


async def test_a_file_that_does_not_loop_ends(start_edge: StartEdge, street: Path) -> None:
    edge = start_edge(crate_camera("c1", f"file:{street}"))
    await reaches(edge, "c1", "ended")
    assert await edge.metric("worker_restarts_total", "c1", "capture") == 0


async def test_a_zone_outside_the_picture_is_named_and_stills_continue(
    guarded_broker: Broker, start_edge: StartEdge, street: Path
) -> None:
    wide = crate_camera("c1", f"file:{street}", loop=True).replace("260.0", "1900.0")
    async with Center(guarded_broker.url) as center:
        edge = start_edge(wide, stills_every_s=0.5)
        await reaches(edge, "c1", "unfit")
        await until(lambda: bool(center.statuses) and "camera.c1.reason" in center.statuses[-1].detail)
        assert "zone 'kerb' reaches (1900, 90)" in center.statuses[-1].detail["camera.c1.reason"]
        await until(lambda: len(center.stills) >= 2)


async def test_stills_are_narrow_and_name_their_camera(
    guarded_broker: Broker, start_edge: StartEdge, street: Path
) -> None:
    async with Center(guarded_broker.url) as center:
        start_edge(crate_camera("c1", f"file:{street}", loop=True), stills_every_s=0.5, stills_width_px=160)
        await until(lambda: len(center.stills) >= 2)
    still = center.stills[0]
    assert still.camera == "c1"
    assert jpeg.decode(still.jpeg).shape == (120, 160, 3)


@pytest.fixture
def camera_broker(tmp_path: Path, servers_can_run: None) -> Iterator[Broker]:
    """A broker that also knows a camera."""
    users = ("center-ingest", "center-incidents", f"box/{BOX}", "camera/c1")
    broker = Broker(tmp_path / "broker", passwords={user: user for user in users})
    broker.start()
    yield broker
    broker.kill()


@asynccontextmanager
async def camera(broker: Broker) -> AsyncIterator[aiomqtt.Client]:
    async with aiomqtt.Client("127.0.0.1", broker.port, username="camera/c1", password="camera/c1") as client:
        yield client


async def test_a_camera_that_sends_jpeg_over_mqtt_is_watched(camera_broker: Broker, tmp_path: Path) -> None:
    edge = RunningEdge(broker_url=camera_broker.url, folder=tmp_path, cameras=crate_camera("c1", "mqtt:"))
    topic = f"sw/1/{DISTRICT}/camera/c1/frame"
    empty, crated = pavement(), with_crate(pavement())
    try:
        async with Center(camera_broker.url) as center, camera(camera_broker) as client:
            edge.start()
            began, learned = time.monotonic(), False
            await client.publish(topic, b"not a frame")
            while not center.incidents:
                into_s = time.monotonic() - began
                assert into_s < 2 * PATIENCE_S
                learned = learned or await edge.metric("looks_total", "c1", "done") >= 20
                picture = noisy(crated if learned else empty, int(into_s * 100))
                frame = Frame(time=time.time(), jpeg=jpeg.encode(picture, quality=90, max_bytes=10**6))
                await client.publish(topic, to_json(frame), qos=1)
                await asyncio.sleep(0.25)
            (begun,) = center.incidents
            assert (begun.phase, begun.camera, begun.zone) == (Phase.BEGUN, "c1", "kerb")
            await client.publish(topic, b"not a frame", qos=1)

            async def refused() -> bool:
                return await edge.metric("frames_refused_total", "c1") >= 1

            await until(refused)
    finally:
        edge.stop()


async def test_over_a_restart_the_program_neither_repeats_nor_forgets(
    guarded_broker: Broker, start_edge: StartEdge, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.mp4"
    crate_clip(clip, put_s=11.5, taken_s=60.0, end_s=30.0)
    async with Center(guarded_broker.url) as center:
        edge = start_edge(crate_camera("c1", "file:clip.mp4", dwell_s=2.0), looks_remember_every_s=5)
        await until(lambda: len(center.incidents) == 1)

        async def settled() -> bool:
            return (await edge.metrics()).get(("outbox_messages",)) == 0

        await until(settled)
        edge.kill()
        crate_clip(clip, put_s=0.0, taken_s=7.0, end_s=30.0)  # still there, and taken away at last
        edge.start()
        await until(lambda: len(center.incidents) == 2)
        await until(settled)
        assert await edge.metric("open_incidents") == 0
    begun, ended = center.incidents
    assert (begun.phase, ended.phase) == (Phase.BEGUN, Phase.ENDED)
    assert ended.incident_id == begun.incident_id
