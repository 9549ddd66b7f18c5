"""A pinhole camera on a pole: from the scene's metres to pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The position, direction and picture size of a camera.

    Attributes:
        height_m: above the ground, over the scene's origin.
        yaw_deg: to the right of straight across the street.
        pitch_deg: down from horizontal.
        focal_px: focal length in pixels.
        width_px: of the picture.
        height_px: of the picture.
    """

    height_m: float
    yaw_deg: float
    pitch_deg: float
    focal_px: float
    width_px: int
    height_px: int

    @property
    def matrix(self) -> Points:
        """The 3x4 projection matrix."""
        yaw, pitch = math.radians(self.yaw_deg), math.radians(self.pitch_deg)
        right = np.array([math.cos(yaw), -math.sin(yaw), 0.0])
        forward = np.array(
            [math.sin(yaw) * math.cos(pitch), math.cos(yaw) * math.cos(pitch), -math.sin(pitch)]
        )
        up = np.cross(right, forward)
        rows = np.stack(
            [
                self.focal_px * right + self.width_px / 2 * forward,
                -self.focal_px * up + self.height_px / 2 * forward,
                forward,
            ]
        )
        return np.column_stack([rows, rows @ np.array([0.0, 0.0, -self.height_m])])

    def enlarged(self, times: int) -> View:
        """The same view with a picture that is this many times as wide and high."""
        return View(
            height_m=self.height_m,
            yaw_deg=self.yaw_deg,
            pitch_deg=self.pitch_deg,
            focal_px=self.focal_px * times,
            width_px=self.width_px * times,
            height_px=self.height_px * times,
        )

    def project(self, points: Points) -> tuple[Points, Points]:
        """Pixels (n, 2) and depths in metres (n,) of points (n, 3)."""
        return project(self.matrix, points)

    def plane(self, origin: Points, across: Points, along: Points) -> Points:
        """The homography from (a, b), metres along the two unit vectors of a plane, to pixels."""
        matrix = self.matrix
        columns = [matrix[:, :3] @ across, matrix[:, :3] @ along, matrix @ np.append(origin, 1.0)]
        return np.column_stack(columns)

    def ground(self) -> Points:
        """The homography from (x, y) on the ground to pixels."""
        return self.plane(np.zeros(3), np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))


def project(matrix: Points, points: Points) -> tuple[Points, Points]:
    """Pixels (n, 2) and depths (n,) of points (n, 3), all in front of the camera, by a 3x4 matrix."""
    flat = points @ matrix[:, :3].T + matrix[:, 3]
    depth = np.maximum(flat[:, 2], 0.3)
    return flat[:, :2] / depth[:, None], depth


def circle(x: float, y: float, radius_m: float, *, z: float = 0.0, corners: int = 48) -> Points:
    """Points (n, 3) of a horizontal circle."""
    angles = np.linspace(0.0, math.tau, corners, endpoint=False)
    return np.column_stack(
        [x + radius_m * np.cos(angles), y + radius_m * np.sin(angles), np.full(corners, z)]
    )
