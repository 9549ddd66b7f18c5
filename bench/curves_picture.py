"""Draws curves in panels side by side, as SVG, for precision, recall and delay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_COLUMN: Final = 330
_SIDE: Final = 240
_LEFT: Final = 62
_TOP: Final = 58
_ROW: Final = 20
_COLOURS: Final = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#aa3377", "#777777")
_HEAD: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
    'width="{width}" height="{height}" font-family="sans-serif" font-size="13">'
    '<rect width="100%" height="100%" fill="#ffffff"/>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One line of a panel.

    Attributes:
        name: what it shows, and the number of measurements.
        points: x and y, in the units of the axes, in the order they are joined.
        marked: whether the last point has a dot.
    """

    name: str
    points: Sequence[tuple[float, float]]
    marked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One pair of axes. The vertical axis goes from 0 to 1.

    Attributes:
        title: of the panel.
        across: name of the horizontal axis.
        up: name of the vertical axis.
        ticks: of the horizontal axis, including minimum and maximum.
        curves: its lines.
    """

    title: str
    across: str
    up: str
    ticks: Sequence[float]
    curves: Sequence[Curve]


def draw(title: str, panels: Sequence[Panel]) -> str:
    """An SVG with all panels in a row, each with its legend below it."""
    parts = [f'<text x="20" y="24" font-weight="bold">{escape(title)}</text>']
    for number, panel in enumerate(panels):
        parts += _panel(panel, number * _COLUMN + _LEFT)
    lines = max((len(panel.curves) for panel in panels), default=0)
    height = _TOP + _SIDE + 58 + lines * _ROW + 6
    return _HEAD.format(width=len(panels) * _COLUMN + 20, height=height) + "".join(parts) + "</svg>\n"


def _panel(panel: Panel, left: int) -> list[str]:
    base = _TOP + _SIDE
    least, greatest = panel.ticks[0], panel.ticks[-1]

    def x(value: float) -> float:
        return left + (value - least) / (greatest - least) * _SIDE

    def y(value: float) -> float:
        return base - value * _SIDE

    parts = [f'<text x="{left}" y="{_TOP - 10}">{escape(panel.title)}</text>']
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(_line(left, y(share), left + _SIDE, y(share)))
        parts.append(f'<text x="{left - 6}" y="{y(share) + 4:.1f}" text-anchor="end">{share:g}</text>')
    for tick in panel.ticks:
        parts.append(_line(x(tick), _TOP, x(tick), base))
        parts.append(f'<text x="{x(tick):.1f}" y="{base + 16}" text-anchor="middle">{tick:g}</text>')
    middle = left + _SIDE // 2
    parts.append(f'<text x="{middle}" y="{base + 34}" text-anchor="middle">{escape(panel.across)}</text>')
    upright = (
        f'x="{left - 40}" y="{_TOP + _SIDE // 2}" transform="rotate(-90 {left - 40} {_TOP + _SIDE // 2})"'
    )
    parts.append(f'<text {upright} text-anchor="middle">{escape(panel.up)}</text>')
    for number, curve in enumerate(panel.curves):
        colour = _COLOURS[number % len(_COLOURS)]
        places = " ".join(f"{x(across):.1f},{y(up):.1f}" for across, up in curve.points)
        parts.append(f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"/>')
        if curve.marked and curve.points:
            across, up = curve.points[-1]
            parts.append(f'<circle cx="{x(across):.1f}" cy="{y(up):.1f}" r="4" fill="{colour}"/>')
        at_y = base + 58 + number * _ROW
        parts.append(f'<rect x="{left}" y="{at_y - 11}" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{left + 18}" y="{at_y}">{escape(curve.name)}</text>')
    return parts


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="#dddddd"/>'
