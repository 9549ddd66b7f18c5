"""Draws the events of the stall-by-track detector for two vendors' tracks, on a plan."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from bench.stall_by_track import StallByTrack, TrackPoint
from detectors.drawing import draw_text
from detectors.look import Image

_PLAN_M: Final = (160, 90)
_PX: Final = 3
_EVERY_S: Final = 10.0
_STEP_M: Final = 9.0
_STANDS_AT_M: Final = (95.0, 45.0)
_GPS_M: Final = 2.5
_ZONE_M: Final = ((60, 22), (135, 22), (135, 68), (60, 68))
_M_PER_DEG: Final = 111_320.0
"""The plan is on the equator, where a degree has the same length in both directions."""

_GREEN: Final = (60, 150, 60)
_BLUE: Final = (150, 110, 60)
_RED: Final = (48, 48, 230)
_PINK: Final = (170, 170, 240)


def tracks() -> Image:
    """A vendor who stands for eight minutes, and one who waits for a minute; a point every ten seconds."""
    return np.hstack([_followed(seed, stands_s) for seed, stands_s in ((1, 480.0), (2, 60.0))])


def _followed(seed: int, stands_s: float) -> Image:
    plan = np.full((_PLAN_M[1] * _PX, _PLAN_M[0] * _PX, 3), 238, np.uint8)
    corners = np.array([_on_plan(*corner) for corner in _ZONE_M], np.int32)
    cv2.polylines(plan, [corners], isClosed=True, color=_GREEN, thickness=2, lineType=cv2.LINE_AA)
    follow = StallByTrack(zone=tuple(_on_earth(*corner) for corner in _ZONE_M))
    said = ""
    for at_s, right_m, down_m in _track(seed, stands_s):
        cv2.circle(plan, _on_plan(right_m, down_m), 3, _BLUE, cv2.FILLED, cv2.LINE_AA)
        lat, lon = _on_earth(right_m, down_m)
        told = follow.take(TrackPoint(at_s=at_s, lat=lat, lon=lon))
        if told is None:
            continue
        after = "it came" if told.phase == "begun" else "it left"
        said += f", {told.phase} {told.at_s - told.since_s:.0f} s after {after}"
        middle = _on_plan(told.lon * _M_PER_DEG, -told.lat * _M_PER_DEG)
        cv2.circle(plan, middle, round(follow.settings.radius_m * _PX), _RED, 2, cv2.LINE_AA)
        cv2.circle(plan, middle, round(follow.settings.leave_m * _PX), _PINK, 2, cv2.LINE_AA)
    draw_text(plan, f"stands for {stands_s:.0f} s" + (said or ": nothing is told"), (6, 16), 0.45)
    return plan


def _track(seed: int, stands_s: float) -> list[tuple[float, float, float]]:
    """Seconds, metres to the right and down: drives up, stands, drives on."""
    source, looks = np.random.default_rng(seed), round(stands_s / _EVERY_S)
    points = []
    for number in range(-9, looks + 9):
        driven_m = _STEP_M * (min(number, 0) + max(0, number - looks))
        off = source.normal(0, _GPS_M, 2)
        points.append(
            (number * _EVERY_S, _STANDS_AT_M[0] + driven_m + float(off[0]), _STANDS_AT_M[1] + float(off[1]))
        )
    return points


def _on_plan(right_m: float, down_m: float) -> tuple[int, int]:
    return round(right_m * _PX), round(down_m * _PX)


def _on_earth(right_m: float, down_m: float) -> tuple[float, float]:
    return -down_m / _M_PER_DEG, right_m / _M_PER_DEG
