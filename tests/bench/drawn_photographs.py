"""Photographs and a video of ground that the tests draw themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.look import Image

ROWS: Final = 480
COLUMNS: Final = 640
FRAME: Final = (480, 320)
"""Columns and rows of the video."""
BAR: Final = 40
"""Rows of a black bar at the top of the video."""
PASSER: Final = (24, 90)
"""Columns and rows of who passes."""

Ellipse = tuple[tuple[float, float], tuple[float, float], float]
"""Middle, whole axes, degrees: as OpenCV takes it."""


def pavement(seed: int, columns: int = COLUMNS, rows: int = ROWS) -> NDArray[np.float32]:
    """Grey ground, three channels, with some grain."""
    source = np.random.default_rng(seed)
    coarse = cv2.resize(source.normal(0, 8, (12, 16)).astype(np.float32), (columns, rows))
    fine = cv2.GaussianBlur(source.normal(0, 14, (rows, columns)).astype(np.float32), (0, 0), 1.0)
    return np.repeat((132 + coarse + fine)[:, :, None], 3, axis=2).astype(np.float32)


def cover(seed: int, ellipse: Ellipse) -> Image:
    """A dark cover with studs, seen at a slant."""
    picture = pavement(seed)
    inside = _inside(ellipse)
    rows, columns = np.mgrid[0:ROWS, 0:COLUMNS]
    studs = (np.sin(columns / 7.0) * np.sin(rows / 7.0) > 0.2).astype(np.float32)[:, :, None]
    picture[inside] = (62 + 46 * studs + np.zeros(3, np.float32))[inside]
    return _photograph(picture)


def shaft(seed: int, ellipse: Ellipse) -> Image:
    """An open shaft in a ring of light concrete."""
    picture = pavement(seed)
    (x, y), (wide, high), turn = ellipse
    picture[_inside(((x, y), (wide * 1.3, high * 1.3), turn))] = 190
    picture[_inside(ellipse)] = 22
    return _photograph(picture)


def folder(path: Path) -> Path:
    """A folder of photographs: two covers, two shafts, a broken cover, and one picture of nothing."""
    for name, picture in {
        "good/1.png": cover(1, ((300, 250), (330, 250), 8)),
        "good/2.png": cover(2, ((340, 230), (300, 270), -5)),
        "good/3.png": _photograph(pavement(3)),
        "missing/1.png": shaft(4, ((310, 240), (280, 210), 0)),
        "missing/2.png": shaft(5, ((330, 260), (300, 260), 12)),
        "broken/1.png": cover(6, ((320, 240), (320, 260), 0)),
    }.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path / name), picture)
    (path / "good" / "notes.txt").write_text("no picture")
    return path


def video(file: Path, *, seconds: int = 8) -> Path:
    """Ground below a black bar, for so long; somebody walks through once."""
    columns, rows = FRAME
    ground = pavement(9, columns, rows)
    ground[:BAR] = 0
    source = np.random.default_rng(0)
    with av.open(str(file), "w") as container:
        stream = container.add_stream("libx264", rate=5, options={"preset": "ultrafast", "crf": "16"})
        stream.width, stream.height, stream.pix_fmt = columns, rows, "yuv420p"
        for index in range(5 * seconds):
            picture = ground + source.normal(0, 2, ground.shape).astype(np.float32)
            left = round(columns * index / (5 * seconds))
            picture[150 : 150 + PASSER[1], left : left + PASSER[0]] = 30
            frame = av.VideoFrame.from_ndarray(np.asarray(picture.clip(0, 255), np.uint8), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file


def _inside(ellipse: Ellipse) -> NDArray[np.bool_]:
    mask = np.zeros((ROWS, COLUMNS), np.uint8)
    cv2.ellipse(mask, ellipse, 1, -1)
    return np.asarray(mask > 0)


def _photograph(picture: NDArray[np.float32]) -> Image:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.0).clip(0, 255), np.uint8)
