"""Scenes as video with their truth, and a file of incidents back: for detectors that are not Python."""

from __future__ import annotations

import json
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import msgspec

from bench.benchmark.outcome import Incident
from bench.benchmark.scenes import SituationScene
from bench.errors import BenchError


class IncidentLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a file of incidents."""

    scene: str
    at_s: float
    box: tuple[float, float, float, float]


def write(scene: SituationScene, folder: Path, *, per_s: float) -> dict[str, Any]:
    """Write a scene as `NAME.mp4`; returns its entry of `truth.json`."""
    file = folder / f"{scene.name}.mp4"
    tick = Fraction(1, 1000)
    with av.open(str(file), "w") as container:
        rate = Fraction(per_s).limit_denominator(1000)
        options = {"preset": "veryfast", "crf": "12", "g": "1"}
        stream = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = *scene.size_px, "yuv420p"
        stream.codec_context.time_base = tick
        for at_s, picture in scene.pictures(per_s=per_s):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = round(at_s / tick), tick
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return {
        "file": file.name,
        "events": [
            {
                "bbox": [round(edge, 1) for edge in thing.boxes[0]],
                "begins_s": thing.comes_s,
                "ends_s": thing.goes_s,
                "group": scene.name.rpartition("-")[0],
            }
            for thing, plain in zip(scene.things, scene.plain, strict=True)
            if plain
        ],
        "zones": [{"id": "z", "polygon_px": scene.outline.round(1).tolist()}],
    }


def write_truth(entries: list[dict[str, Any]], folder: Path) -> None:
    """Write the `truth.json` of a folder of scenes (docs/real-clips.md)."""
    clips = [entry for entry in entries if entry["events"]]
    negatives = [entry for entry in entries if not entry["events"]]
    (folder / "truth.json").write_text(json.dumps({"clips": clips, "negatives": negatives}, indent=1))


def incidents_of(file: Path) -> dict[str, list[Incident]]:
    """The incidents of a file by the name of the scene.

    Raises:
        BenchError: a line is none, or the file cannot be read.
    """
    found: dict[str, list[Incident]] = defaultdict(list)
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise BenchError(f"cannot read {file} ({error.strerror}); give a file of incidents") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            one = msgspec.json.decode(line, type=IncidentLine)
        except msgspec.MsgspecError as error:
            raise BenchError(f"{file}, line {number}: {error}; see docs/benchmark.md") from None
        found[one.scene].append(Incident(at_s=one.at_s, box=one.box))
    return found
