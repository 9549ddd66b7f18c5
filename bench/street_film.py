"""Films two streets of the simulated city in full HD: 1080p25 H.264, a keyframe every 2 s, 4 Mbit/s."""

from __future__ import annotations

import hashlib
import shutil
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final

import av

from city import folder as city_folder
from city.film.clip import Camera
from city.film.scene import Scene
from city.film.scenes import scenes

_FRAMES_PER_S: Final = 25
_KEYFRAME_S: Final = 2
CAMERAS: Final = ("cam-01", "cam-04")
_SEED: Final = 20261124
_CODING: Final = {"preset": "superfast", "b": "4M", "maxrate": "4M", "bufsize": "8M", "threads": "1"}
_TELL_S: Final = 30


def folder(root: Path, seconds: float) -> Path:
    """A folder with clips/, edge-cameras.toml and truth.json; filmed once and kept.

    Args:
        root: where such folders are kept.
        seconds: length of the clips; 300 shows every event from beginning to end.
    """
    kept = root / f"street-1080p-{seconds:g}s-{_program()}"
    if (kept / "truth.json").exists():
        return kept
    draft = root / f".{kept.name}.draft"
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "clips").mkdir(parents=True)
    every = tuple(replace(scene, view=scene.view.enlarged(2)) for scene in scenes(_SEED))
    town = city_folder.plan(_SEED, every)
    city_folder.write_cameras(town, every, draft)
    for scene in every:
        if scene.camera in CAMERAS:
            _film(scene, draft / "clips" / f"{scene.camera}.mp4", seconds)
    city_folder.write_truth(town, every, draft, seed=_SEED, clip_s=seconds)
    draft.rename(kept)
    return kept


def _film(scene: Scene, file: Path, seconds: float) -> None:
    camera = Camera(scene)
    gap = _FRAMES_PER_S * _KEYFRAME_S
    with av.open(str(file), "w") as container:
        stream = container.add_stream(
            "libx264",
            rate=_FRAMES_PER_S,
            options=_CODING | {"x264-params": f"keyint={gap}:min-keyint={gap}:scenecut=0"},
        )
        stream.width, stream.height, stream.pix_fmt = scene.view.width_px, scene.view.height_px, "yuv420p"
        stream.time_base = Fraction(1, _FRAMES_PER_S)
        for index in range(round(seconds * _FRAMES_PER_S)):
            if index % (_TELL_S * _FRAMES_PER_S) == 0:
                print(f"filming {file.name}: {index // _FRAMES_PER_S} of {seconds:g} s", file=sys.stderr)
            planes = camera.planes(index / _FRAMES_PER_S, index)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _program() -> str:
    """A digest of the code that draws the film, and of its encoding."""
    digest = hashlib.sha256(f"{_SEED} {CAMERAS} {_FRAMES_PER_S} {_KEYFRAME_S} {_CODING}".encode())
    for file in sorted((Path(city_folder.__file__).parent / "film").glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
