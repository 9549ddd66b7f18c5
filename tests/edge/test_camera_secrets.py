"""A camera's password appears in no output of a box: log, status on the broker, metrics, health."""

from __future__ import annotations

import re

import av.logging

from tests import plain_http
from tests.edge.conftest import StartEdge
from tests.edge.running import Center, crate_camera, until
from tests.ports import free_port
from tests.servers import Broker

SECRETS = ("p@ss-secret1", "secret2", "secret3", "p%40ss-secret4", "secret5", "token-secret6", "secret7")
ADDRESSES = (
    "rtsp://admin:p@ss-secret1@127.0.0.1:{port}/live",
    "rtsp://127.0.0.1:{port}/live?user=admin&pwd=secret2",
    "rtsp://127.0.0.1:{port}/user=admin_password=secret3_channel=1_stream=0.sdp",
    "rtsp://admin:p%40ss-secret4@127.0.0.1:{port}/live",
    "rtsp://admin:secret5@[::1]:{port}/live",
    "rtsp://token-secret6@127.0.0.1:{port}/live",
    "rtsp://admin:a/secret7@127.0.0.1:{port}/live",
)


async def test_no_form_of_a_password_leaves_the_box(start_edge: StartEdge, guarded_broker: Broker) -> None:
    port = free_port()
    cameras = "".join(
        crate_camera(f"cam-{number}", address.format(port=port)) for number, address in enumerate(ADDRESSES)
    )
    async with Center(guarded_broker.url) as center:
        edge = start_edge(cameras, log_level="DEBUG", capture_longest_pause_s=1)

        def all_failed() -> bool:
            said = center.statuses[-1].detail if center.statuses else {}
            return all(f"camera.cam-{number}.reason" in said for number in range(len(ADDRESSES)))

        await until(all_failed)
        told = [str(status) for status in center.statuses]
        (address,) = set(re.findall(r"on (http://127.0.0.1:\d+)", edge.log.read_text(encoding="utf-8")))
        async with plain_http.async_client() as client:
            told += [(await client.get(f"{address}{path}")).text for path in ("/metrics", "/health")]
    assert edge.stop() == 0
    told.append(edge.log.read_text(encoding="utf-8"))
    assert "rtsp://127.0.0.1" in told[-1]
    for secret in SECRETS:
        assert [text for text in told if secret in text] == []


def test_ffmpeg_writes_no_log_of_its_own() -> None:
    """Which would be beside ours, and has whole addresses in it."""
    assert av.logging.get_level() is None


def test_an_address_with_a_blank_in_it_is_refused_and_not_shown(start_edge: StartEdge) -> None:
    edge = start_edge(crate_camera("cam-1", "rtsp://admin:pa ss-secret@127.0.0.1/live"), at_once=False)
    edge.start()
    assert edge.exit_status() == 1
    said = edge.log.read_text(encoding="utf-8")
    assert "camera 'cam-1': its source contains a space" in said
    assert "secret" not in said
