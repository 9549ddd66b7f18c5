"""The picture of `bench profile`: one bar for all processes, one for the stages of ingest."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Final

_WIDTH: Final = 900
_LEFT: Final = 20
_BAR: Final = 46
_ROW: Final = 22
_COLOURS: Final = (
    "#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#997700", "#88a0b8",
    "#f0a3a0", "#7fbf7f", "#e6d98a", "#a8e0f0", "#d08fb8", "#c9a86a", "#bbbbbb", "#777777",
)  # fmt: skip
_HEAD: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
    'width="{width}" height="{height}" font-family="sans-serif" font-size="13">'
    '<rect width="100%" height="100%" fill="#ffffff"/>'
)


def draw(whole: Mapping[str, float], stages: Mapping[str, float]) -> str:
    """An SVG with both bars, each with its legend.

    Args:
        whole: microseconds of processor time for each message, by process.
        stages: those of ingest, by stage.
    """
    parts: list[str] = []
    middle = _bar(parts, 20, "One message, all processes", whole)
    end = _bar(parts, middle + 24, "Ingest alone", stages)
    return _HEAD.format(width=_WIDTH, height=end + 10) + "".join(parts) + "</svg>\n"


def _bar(parts: list[str], top: int, title: str, values: Mapping[str, float]) -> int:
    """Add a bar and its legend; returns their lower edge."""
    total = sum(values.values())
    heading = f"{escape(title)}: {total:.1f} µs of processor time"
    parts.append(f'<text x="{_LEFT}" y="{top}" font-weight="bold">{heading}</text>')
    left = float(_LEFT)
    for number, (name, value) in enumerate(values.items()):
        width = value / total * (_WIDTH - 2 * _LEFT)
        colour = _COLOURS[number % len(_COLOURS)]
        parts.append(
            f'<rect x="{left:.1f}" y="{top + 10}" width="{width:.1f}" height="{_BAR}" fill="{colour}">'
            f"<title>{escape(name)}: {value:.2f} µs</title></rect>"
        )
        column, row = divmod(number, -(-len(values) // 3))
        at_x, at_y = _LEFT + column * (_WIDTH // 3), top + _BAR + 32 + row * _ROW
        parts.append(
            f'<rect x="{at_x}" y="{at_y - 11}" width="12" height="12" fill="{colour}"/>'
            f'<text x="{at_x + 18}" y="{at_y}">{escape(name)} {value:.2f} µs</text>'
        )
        left += width
    return top + _BAR + 32 + -(-len(values) // 3) * _ROW
