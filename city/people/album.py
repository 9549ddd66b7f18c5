"""The pictures that the staff send: stills of the city's own clips."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2

from city.errors import CityError

_AS_IT_SHOULD_BE_S: Final = 20.0
_WITH_A_PROBLEM_S: Final = 150.0
_QUALITY: Final = 80


def stills(city: Path, *, with_problem: bool) -> list[bytes]:
    """A JPEG of each clip: of the place in its normal state, or with a problem.

    Args:
        city: a finished city folder.
        with_problem: whether to take a time with a problem.

    Raises:
        CityError: a clip cannot be read.
    """
    at_s = _WITH_A_PROBLEM_S if with_problem else _AS_IT_SHOULD_BE_S
    return [_still(clip, at_s) for clip in sorted((city / "clips").glob("*.mp4"))]


def _still(clip: Path, at_s: float) -> bytes:
    video = cv2.VideoCapture(str(clip))
    try:
        video.set(cv2.CAP_PROP_POS_MSEC, at_s * 1000)
        is_read, picture = video.read()
    finally:
        video.release()
    if not is_read:
        raise CityError(f"{clip} has no picture at {at_s:g} s; build the city again")
    is_encoded, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not is_encoded:
        raise CityError(f"a picture of {clip} cannot be written as JPEG")
    return data.tobytes()
