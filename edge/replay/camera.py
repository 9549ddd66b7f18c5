"""Finds the camera of a box's settings that filmed a clip, and runs its detectors on the clip."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from detectors.errors import DetectorError
from detectors.recognition.admission import Recogniser, RecognitionSettings
from detectors.veto.decision import ModelVeto
from detectors.watch import CameraWatch, WatchSettings
from edge.camera_settings import Camera
from edge.checks import clock_zone, covers_and_zones
from edge.errors import LayoutError, SourceError
from edge.recognition import UnlimitedRecogniser, load_model, recognition_settings
from edge.replay.errors import ReplayError
from edge.replay.playback import OnLook, Replay, play
from edge.settings import Settings
from edge.sources.decode_choice import Decode
from edge.veto import load_veto
from program import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedCamera:
    """A camera with the settings of its box.

    Attributes:
        camera: its settings.
        time_zone: of the hours of its zones.
        recogniser: classifies objects; None without the detection model.
        recognition: the settings of the recogniser.
        veto: the city's own model, if there is one.
    """

    camera: Camera
    time_zone: str
    recogniser: Recogniser | None
    recognition: RecognitionSettings
    veto: ModelVeto | None


def camera_of(config: Path, name: str | None, video: Path) -> ReplayedCamera:
    """The camera that filmed a clip: the named one, the only one, or the one whose source is the clip.

    Raises:
        ReplayError: no camera or several cameras match.
        EdgeError: the box's classification model cannot be used.
    """
    box = settings.load(Settings, program="edge", file=config, environment=os.environ)
    fitting = [camera for camera in box.camera if name is None or camera.id == name]
    if name is None and len(fitting) > 1:
        fitting = [camera for camera in fitting if Path(camera.source).name == video.name] or fitting
    if len(fitting) != 1:
        known = ", ".join(camera.id for camera in box.camera) or "none"
        raise ReplayError(
            f"{config} has the cameras: {known}; give --camera with the one that filmed {video.name}"
        )
    veto = load_veto(box.veto, config.parent)
    loaded = load_model(box.recognition)
    return ReplayedCamera(
        camera=fitting[0],
        time_zone=box.box.time_zone,
        recogniser=UnlimitedRecogniser(loaded.model) if loaded.model is not None else None,
        recognition=recognition_settings(box.recognition),
        veto=veto,
    )


def replayed(
    video: Path,
    filmed: ReplayedCamera,
    *,
    phases: int,
    decode: Decode = "auto",
    begins: datetime | None = None,
    on_look: OnLook | None = None,
) -> Replay:
    """Run the camera's detectors on a clip.

    Raises:
        ReplayError: the clip cannot be read, or a cover or zone does not fit it.
    """
    camera, time_zone = filmed.camera, filmed.time_zone

    def make(frame_px: tuple[int, int]) -> CameraWatch:
        covers, zones = covers_and_zones(camera, frame_px, time_zone)
        return CameraWatch(
            covers=covers,
            zones=zones,
            frame_px=frame_px,
            settings=WatchSettings(recognition=filmed.recognition),
            recogniser=filmed.recogniser,
            veto=filmed.veto,
        )

    if begins is not None and not time_zone:
        raise ReplayError("--begins needs a time zone; give box.time_zone")
    try:
        begins_at = begins.replace(tzinfo=clock_zone(time_zone)).timestamp() if begins is not None else None
        result = play(video, make, phases=phases, decode=decode, begins_at=begins_at, on_look=on_look)
    except SourceError as error:
        raise ReplayError(f"{error}; give a video file that can be played") from None
    except (LayoutError, DetectorError) as error:
        raise ReplayError(f"camera {camera.id} does not fit {video.name}: {error}") from None
    if not result.phases:
        raise ReplayError(f"{video} contains no picture; give a video file that can be played")
    return result
