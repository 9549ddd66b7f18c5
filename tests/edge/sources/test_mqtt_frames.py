"""JPEG frames over MQTT: the newest is used, and a camera's clock only if it is approximately right."""

from __future__ import annotations

import pytest

from edge.errors import SourceError
from edge.sources import jpeg
from edge.sources.mqtt_frames import MqttFrames
from edge.sources.video import Clocks
from edge.worker import Heartbeat
from tests.edge.clips import pavement
from wire import Frame

NOW = 1_800_000_000.0
FILE = jpeg.encode(pavement(), quality=80, max_bytes=1_000_000)


def frames() -> MqttFrames:
    return MqttFrames(Clocks(monotonic=lambda: 50.0, wall=lambda: NOW))


def heartbeat() -> Heartbeat:
    return Heartbeat(lambda: 50.0)


def test_the_newest_frame_is_yielded() -> None:
    source = frames()
    for moment in (NOW - 2, NOW - 1):
        source.offer(Frame(time=moment, jpeg=FILE))
    picture = next(source.frames(heartbeat()))
    assert (picture.at_s, picture.taken_at) == (50.0, NOW - 1)
    assert picture.image().shape == pavement().shape


def test_a_camera_without_a_clock_gets_ours() -> None:
    source = frames()
    source.offer(Frame(time=NOW - 86_400, jpeg=FILE))
    assert next(source.frames(heartbeat())).taken_at == NOW


def test_a_frame_that_is_no_picture_is_found_out_when_looked_at() -> None:
    source = frames()
    source.offer(Frame(time=NOW, jpeg=b"no picture"))
    with pytest.raises(SourceError):
        next(source.frames(heartbeat())).image()
