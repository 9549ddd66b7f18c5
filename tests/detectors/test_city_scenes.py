"""The made city's scenes, filmed at keyframes only and taken through H.264, against their own truth."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import av
import numpy as np
import pytest

from city.film.clip import Camera
from city.film.scene import CLIP_S, FRAMES_PER_S, KEYFRAME_S, Scene
from city.film.scenes import scenes
from city.folder import DWELL_S
from detectors.look import Image, Look
from detectors.places import CoverPlace, Purpose, Zone, polygon
from detectors.recognition.detection_model import DetectionModel
from detectors.recognition.shipped import shipped_model
from detectors.watch import CameraWatch
from edge.recognition import UnlimitedRecogniser
from edge.replay.score import Reported, Truth, score

_FILLED: Final = {"cam-02"}
"""A stall hides more than a fifth of its zone there, which takes half a dwell longer (ADR 0224)."""

_SCENES = {scene.camera: scene for scene in scenes(4711)}


def _keyframes(scene: Scene) -> Iterator[tuple[float, Image]]:
    """What a box that decodes keyframes only gets to see of the clip."""
    camera = Camera(scene)
    coder = av.CodecContext.create("libx264", "w")
    assert isinstance(coder, av.VideoCodecContext)
    coder.width, coder.height, coder.pix_fmt = scene.view.width_px, scene.view.height_px, "yuv420p"
    coder.time_base = Fraction(1, FRAMES_PER_S)
    coder.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "27", "g": "1", "threads": "1"}
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    for index in range(round(CLIP_S / KEYFRAME_S)):
        at_s = index * KEYFRAME_S
        frame = av.VideoFrame.from_ndarray(camera.planes(at_s, index), format="yuv420p")
        for packet in coder.encode(frame):
            for picture in decoder.decode(packet):
                yield at_s, np.asarray(picture.to_ndarray(format="bgr24"), np.uint8)


def _watch(scene: Scene) -> CameraWatch:
    return CameraWatch(
        covers=[
            CoverPlace(id=name, outline=polygon(scene.cover_outline(index).tolist()))
            for index, name in enumerate(scene.covers)
        ],
        zones=[
            Zone(
                id=zone.id,
                outline=polygon(scene.zone_outline(zone).tolist()),
                purpose=Purpose(zone.detects),
                dwell_s=DWELL_S,
            )
            for zone in scene.zones
        ],
        frame_px=(scene.view.width_px, scene.view.height_px),
        recogniser=UnlimitedRecogniser(DetectionModel.load(shipped_model())),
    )


@pytest.mark.parametrize("camera", ["cam-01", "cam-02", "cam-03", "cam-04"])
def test_each_event_of_a_scene_is_one_incident_with_its_end_and_there_is_no_other(camera: str) -> None:
    scene = _SCENES[camera]
    watch = _watch(scene)
    reports: dict[tuple[str, str, int], Reported] = {}
    for at_s, picture in _keyframes(scene):
        for incident in watch.look(Look.of(picture, at_s)).incidents:
            box = incident.change.observation.box_px
            begun = reports.get(incident.key)
            reports[incident.key] = Reported(
                kind=incident.kind,
                at_s=begun.at_s if begun else at_s,
                ended_s=at_s if incident.change.phase == "ended" else None,
                box=begun.box if begun else box,
            )
    truths = [
        Truth(kind=e.type, begins_s=e.begins_s, ends_s=e.ends_s, boxes=(scene.box_px(e),))
        for e in scene.events
    ]
    result = score(truths, list(reports.values()))
    assert (result.found, result.missed, result.false, result.doubled) == (len(truths), 0, 0, 0)
    doubt_s = DWELL_S / 2 if camera in _FILLED else 0.0
    assert all(delay <= DWELL_S + doubt_s + 10 for delay in result.delays_s)
    assert all(delay is not None and delay <= 20 for delay in result.end_delays_s)
