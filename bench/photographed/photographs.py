"""The photographs of a folder: covers in place, open shafts, broken covers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.errors import BenchError
from bench.photographed.outline import Outline, find
from detectors.look import Image

Subject = Literal["good", "missing", "broken"]
SUBJECTS: Final[tuple[Subject, ...]] = ("good", "missing", "broken")
DISC_PX: Final = 256
_RING: Final = (1.15, 1.5)
_MIN_OF_RING: Final = 0.2


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Photograph:
    """A cover or a shaft, as if seen from straight above.

    The inside of a shaft is straightened as if it were flat.

    Attributes:
        name: folder and file.
        hollow: whether it is an open shaft.
        disc: (256, 256, 3) BGR; the outline touches its edges.
        pavement: BGR tone of the ground around it; None where the photograph shows none.
    """

    name: str
    hollow: bool
    disc: Image
    pavement: NDArray[np.float64] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """The photographs of a folder.

    Attributes:
        photographs: by subject, in the order of their names.
        of: subject → how many files there are; without an outline a file gives no photograph.
    """

    photographs: dict[Subject, list[Photograph]]
    of: dict[Subject, int]


def read(folder: Path) -> Collection:
    """The photographs in `good/`, `missing/` and `broken/`; the last may be absent.

    Raises:
        BenchError: the folder is absent, or holds no cover or no shaft.
    """
    if not folder.is_dir():
        raise BenchError(f"{folder} is absent; give a folder with photographs in good/ and missing/")
    photographs: dict[Subject, list[Photograph]] = {}
    of: dict[Subject, int] = {}
    for subject in SUBJECTS:
        images = [(file, cv2.imread(str(file))) for file in sorted((folder / subject).glob("*"))]
        found = [
            _photograph(file, np.asarray(image, np.uint8)) for file, image in images if image is not None
        ]
        photographs[subject] = [one for one in found if one is not None]
        of[subject] = len(found)
    for subject in ("good", "missing"):
        if not photographs[subject]:
            raise BenchError(
                f"{folder / subject} holds no photograph with an outline to be sure of; give others"
            )
    return Collection(photographs=photographs, of=of)


def _photograph(file: Path, image: Image) -> Photograph | None:
    hollow = file.parent.name == "missing"
    outline = find(image, hollow=hollow)
    if outline is None:
        return None
    return Photograph(
        name=f"{file.parent.name}/{file.name}",
        hollow=hollow,
        disc=_disc(image, outline),
        pavement=_pavement(image, outline),
    )


def _disc(image: Image, outline: Outline) -> Image:
    cos, sin = np.cos(outline.turn), np.sin(outline.turn)
    half = DISC_PX / 2
    axes = (
        np.array([[outline.wide * cos, -outline.high * sin], [outline.wide * sin, outline.high * cos]]) / half
    )
    middle = np.array([outline.x, outline.y]) - axes @ np.array([half, half])
    matrix = np.column_stack([axes, middle])
    sharpest = max(outline.wide, outline.high) / half
    soft = cv2.GaussianBlur(image, (0, 0), 0.5 * sharpest) if sharpest > 1 else image
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(soft, matrix, (DISC_PX, DISC_PX), flags=flags, borderMode=cv2.BORDER_REPLICATE),
        np.uint8,
    )


def _pavement(image: Image, outline: Outline) -> NDArray[np.float64] | None:
    ring = np.zeros(image.shape[:2], np.uint8)
    for share, value in zip(reversed(_RING), (1, 0), strict=True):
        axes = (2 * share * outline.wide, 2 * share * outline.high)
        cv2.ellipse(ring, ((outline.x, outline.y), axes, float(np.degrees(outline.turn))), value, -1)
    whole = np.pi * outline.wide * outline.high * (_RING[1] ** 2 - _RING[0] ** 2)
    if int(ring.sum()) < _MIN_OF_RING * whole:
        return None
    return np.asarray(np.median(image[ring > 0], axis=0), np.float64)
