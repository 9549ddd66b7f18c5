"""From the picture to the receipt: the real program, a real clip, the real broker."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.edge.clips import CRATE, crate_clip
from tests.edge.conftest import StartEdge
from tests.edge.running import Center, crate_camera, until
from tests.servers import Broker
from wire import Phase, PictureRole
from wire.messages import as_epoch


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A crate is put down after 10 s and taken away after 16 s."""
    return crate_clip(tmp_path_factory.mktemp("clips") / "crate.mp4", put_s=10.0, taken_s=16.0, end_s=30.0)


async def test_a_left_object_is_reported_and_so_is_its_end(
    guarded_broker: Broker, start_edge: StartEdge, clip: Path
) -> None:
    async with Center(guarded_broker.url) as center:
        edge = start_edge(crate_camera("c1", f"file:{clip}", dwell_s=2.0))
        await until(lambda: len(center.incidents) >= 2)
        begun, ended = center.incidents

        async def emptied() -> bool:
            return await edge.metric("outbox_messages") == 0 and await edge.metric("open_incidents") == 0

        await until(emptied)
    assert (begun.phase, begun.revision, begun.type) == (Phase.BEGUN, 1, "goods")
    assert (ended.phase, ended.revision) == (Phase.ENDED, 2)
    assert ended.incident_id == begun.incident_id
    assert (begun.camera, begun.zone, begun.lat, begun.lon) == ("c1", "kerb", 24.9, 118.6)
    assert begun.box_px is not None
    assert all(abs(found - real) < 15 for found, real in zip(begun.box_px, CRATE, strict=True))
    assert as_epoch(begun.began_at) < as_epoch(begun.observed_at) < as_epoch(ended.observed_at)
    assert [picture.role for picture in begun.pictures][-1] is PictureRole.FINDING
    assert [picture.role for picture in ended.pictures] == [PictureRole.RESTORED]
