"""Finds the ellipse of a cover or of an open shaft in a hand-held photograph.

A cover fills much of such a photograph, and its rim is one long smooth edge. Other edges (studs, paving,
shadows) do not follow an ellipse for long. The outline is therefore the ellipse along which most edges run
(Daugman's integro-differential operator for the iris, with an ellipse in place of a circle). A coarse search
comes first; the best results are refined by random steps. Two of twelve arcs may be hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.look import Image

Ellipses = NDArray[np.float64]
"""(n, 5): column and row of the middle, half the axes, turn in radians; pixels of the shrunk photograph."""

_LONG_PX: Final = 192
_POINTS: Final = 72
_ARCS: Final = 12
_HIDDEN_ARCS: Final = 2
_LARGER: Final = 0.25
"""How much a larger outline is preferred at first: of the rings of one frame the outer one is wanted."""
_LEAST: Final = 0.7
"""Below this share of a clear edge along the outline there is none."""
_KEPT: Final = 60
_TRIES: Final = 12
_REFINING: Final = ((3.0, 0.06, 12, _LARGER), (1.5, 0.03, 16, _LARGER), (1.0, 0.012, 16, 0.0))
"""Blur in pixels, step as a share of the shorter side, rounds, preference for larger ones."""
_TURN: Final = np.linspace(0, 2 * np.pi, _POINTS, endpoint=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """An ellipse in a photograph.

    Attributes:
        x: column of its centre.
        y: row of its centre.
        wide: half the axis that lies along `turn`.
        high: half the other axis.
        turn: radians, clockwise.
        support: share of a clear edge along it, 0 to 1.
    """

    x: float
    y: float
    wide: float
    high: float
    turn: float
    support: float


def find(image: Image, *, hollow: bool) -> Outline | None:
    """The outline; None where none is certain.

    Args:
        image: (rows, columns, 3) BGR.
        hollow: whether it is a shaft, which is darker inside than outside.
    """
    shrink = _LONG_PX / max(image.shape[:2])
    small = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    grey = np.log(np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.float32) + 12.0)
    edges = _Edges(grey, _REFINING[0][0], hollow=hollow, larger=_LARGER)
    found = edges.best(_coarse(grey.shape[0], grey.shape[1]), _KEPT)
    side = float(min(grey.shape))
    source = np.random.default_rng(0)
    for blur, step, rounds, larger in _REFINING:
        edges = _Edges(grey, blur, hollow=hollow, larger=larger)
        for _ in range(rounds):
            found = edges.better(found, _near(found, source, step * side, side))
        found = edges.best(found, max(6, len(found) // 3))
    support = float(edges.support(found[:1])[0])
    if support < _LEAST:
        return None
    x, y, wide, high, turn = (float(value) for value in found[0])
    return Outline(
        x=x / shrink, y=y / shrink, wide=wide / shrink, high=high / shrink, turn=turn, support=support
    )


class _Edges:
    """The gradient of a grey photograph at one blur, in units of its strong edges."""

    def __init__(self, grey: NDArray[np.float32], blur: float, *, hollow: bool, larger: float) -> None:
        soft = cv2.GaussianBlur(grey, (0, 0), blur)
        across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
        strong = float(np.percentile(np.hypot(across, down), 90)) + 1e-3
        self._across, self._down = np.asarray(across) / strong, np.asarray(down) / strong
        self._hollow, self._larger = hollow, larger

    def support(self, ellipses: Ellipses) -> NDArray[np.float64]:
        """(n,) how clear the edge along each ellipse is, 0 to 1, without the worst arcs."""
        x, y, out_x, out_y = _rim(ellipses)
        rows, columns = self._across.shape
        inside = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
        x, y = x.clip(0, columns - 1), y.clip(0, rows - 1)
        edge = self._across[y, x] * out_x + self._down[y, x] * out_y
        clear = np.where(inside, (edge if self._hollow else np.abs(edge)).clip(0, 1), 0.0)
        arcs = np.sort(clear.reshape(len(ellipses), _ARCS, -1).mean(axis=2), axis=1)
        return np.asarray(arcs[:, _HIDDEN_ARCS:].mean(axis=1), np.float64)

    def best(self, ellipses: Ellipses, count: int) -> Ellipses:
        """So many of the best, the best first."""
        return ellipses[np.argsort(-self._worth(ellipses))[:count]]

    def better(self, ellipses: Ellipses, tries: NDArray[np.float64]) -> Ellipses:
        """Each, or the best of its (n, tries, 5) neighbours where that is better."""
        worth = self._worth(tries.reshape(-1, 5)).reshape(tries.shape[:2])
        chosen = tries[np.arange(len(tries)), worth.argmax(axis=1)]
        return np.where((worth.max(axis=1) > self._worth(ellipses))[:, None], chosen, ellipses)

    def _worth(self, ellipses: Ellipses) -> NDArray[np.float64]:
        size = (ellipses[:, 2] * ellipses[:, 3]) ** self._larger
        return np.asarray(self.support(ellipses) * size, np.float64)


def _coarse(rows: int, columns: int) -> Ellipses:
    """Level ellipses of all sizes about the middle of the picture."""
    side = min(rows, columns)
    across, down = np.linspace(0.25, 0.75, 13) * columns, np.linspace(0.3, 0.75, 12) * rows
    grid = np.meshgrid(across, down, np.linspace(0.17, 0.62, 14) * side, (0.5, 0.62, 0.75, 0.87, 1.0), (0.0,))
    ellipses = np.stack([axis.ravel() for axis in grid], axis=1)
    ellipses[:, 3] *= ellipses[:, 2]
    return np.asarray(ellipses, np.float64)


def _near(ellipses: Ellipses, source: np.random.Generator, step: float, side: float) -> NDArray[np.float64]:
    """(n, tries, 5) neighbours of each, of a size and slant that a cover can have."""
    near = np.repeat(ellipses[:, None, :], _TRIES, axis=1)
    near += source.normal(0, 1, near.shape) * (step, step, step, step, 4 * step / side)
    near[..., 2] = near[..., 2].clip(0.14 * side, 0.7 * side)
    near[..., 3] = near[..., 3].clip(0.4 * near[..., 2], 1.1 * near[..., 2])
    return near


def _rim(
    ellipses: Ellipses,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """(n, points) columns and rows along each, and the direction outwards there."""
    x, y, wide, high, turn = (ellipses[:, column : column + 1] for column in range(5))
    along, across, cos, sin = np.cos(_TURN)[None], np.sin(_TURN)[None], np.cos(turn), np.sin(turn)
    columns = x + wide * along * cos - high * across * sin
    rows = y + wide * along * sin + high * across * cos
    out_x, out_y = along / wide, across / high
    long = np.hypot(out_x, out_y)
    out_x, out_y = out_x / long, out_y / long
    return (
        np.round(columns).astype(np.int64),
        np.round(rows).astype(np.int64),
        out_x * cos - out_y * sin,
        out_x * sin + out_y * cos,
    )
