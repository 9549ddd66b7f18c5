"""A failing disk ends no program and loses no incident: incidents are sent, and stored later."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.storage import Storage
from tests.edge.boxes import content, incident, keys, opened, outbox_of
from tests.edge.clips import crate_clip
from tests.edge.disk_trouble import TROUBLES, fill_up
from tests.edge.running import Center, RunningEdge, crate_camera, until
from tests.servers import Broker
from wire import Phase


@pytest.mark.parametrize("trouble", TROUBLES)
def test_an_outbox_continues_in_memory_and_is_stored_when_the_disk_recovers(
    tmp_path: Path, trouble: str
) -> None:
    done = subprocess.run(
        ["unshare", "--mount", sys.executable, "-m", "tests.edge.disk_trouble", str(tmp_path), trouble],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "well\n", done.stderr


class Hang:
    """A change of the file that takes until it is released, as on a network disk that has gone."""

    def __init__(self) -> None:
        self.began, self.released = threading.Event(), threading.Event()

    def __call__(self, _: object) -> None:
        self.began.set()
        assert self.released.wait(30)


@pytest.fixture
def hang() -> Iterator[Hang]:
    hang = Hang()
    yield hang
    hang.released.set()


def test_while_the_disk_hangs_what_is_found_is_sent_from_memory(tmp_path: Path, hang: Hang) -> None:
    now = [1000.0]
    storage = Storage(tmp_path / "box.db", clock=lambda: now[0])
    outbox = outbox_of(storage, clock=lambda: now[0])
    storage.start()
    storage.put({("test", "hang"): hang})
    assert hang.began.wait(10)
    message = incident(picture_bytes=5000)
    outbox.add(message)
    assert outbox.first(10) == []  # the disk has a moment
    now[0] += 4.0
    assert keys(content(outbox)) == keys([message])
    now[0] += 4.0
    assert "the disk does not answer" in (storage.fault() or "")
    hang.released.set()
    assert storage.flush(10)
    assert storage.fault() is None
    assert outbox.level().in_memory == 0
    storage.close(10)


def test_incidents_in_memory_are_limited_like_stored_ones(tmp_path: Path, hang: Hang) -> None:
    with opened(tmp_path / "box.db", max_memory_bytes=100_000) as (storage, outbox):
        storage.put({("test", "hang"): hang})
        assert hang.began.wait(10)
        for _ in range(10):
            outbox.add(incident(picture_bytes=30_000))
        assert outbox.level().messages == 10
        assert outbox.level().size <= 100_000
        assert (outbox.stripped, outbox.given_up) == (8, 0)
        for _ in range(500):
            outbox.add(incident())
        assert outbox.level().size <= 100_000
        assert outbox.stripped == 10
        assert outbox.given_up > 0
        hang.released.set()
        assert storage.flush(10)
        assert outbox.level().in_memory == 0


async def test_a_box_with_a_full_disk_reports_it_and_recovers_when_there_is_space(
    guarded_broker: Broker, tmp_path: Path
) -> None:
    crate_clip(tmp_path / "crate.mp4", put_s=10.0, taken_s=20.0, end_s=60.0)
    (disk := tmp_path / "disk").mkdir()
    edge = RunningEdge(
        broker_url=guarded_broker.url,
        folder=tmp_path,
        cameras=crate_camera("c1", "file:crate.mp4", dwell_s=2.0),
        outbox_path=disk / "box.db",
        outbox_resend_s=1,
    )

    edge.on_a_disk_of("4m", disk)

    async def storage_is(up: float) -> bool:
        return (await edge.metrics()).get(("storage_up",)) == up

    try:
        async with Center(guarded_broker.url) as center:
            edge.start()
            await until(lambda: storage_is(1))
            filler = edge.root / str(disk)[1:]
            fill_up(filler)
            await until(lambda: len(center.incidents) >= 1)
            await until(lambda: storage_is(0))
            await until(lambda: center.statuses[-1].detail["storage"] == "failing")
            assert "the disk is full; free some space" in center.statuses[-1].detail["storage.reason"]
            await until(lambda: len(center.incidents) >= 2)  # the receipt of the first has ended nothing
            assert [each.phase for each in center.incidents] == [Phase.BEGUN, Phase.ENDED]
            assert edge.is_running()
            (filler / "filler").unlink()
            await until(lambda: storage_is(1))
            await until(lambda: center.statuses[-1].detail["storage"] == "ok")
            assert await edge.metric("outbox_messages") == 0
            assert await edge.metric("worker_restarts_total", "c1", "look") == 0
        assert edge.stop() == 0
        assert "Traceback" not in edge.log.read_text(encoding="utf-8")
    finally:
        edge.stop()
        sys.stdout.write(edge.log.read_text(encoding="utf-8"))
