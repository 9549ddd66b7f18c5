"""Prints the detectors' thresholds: value, unit, what each separates, and the origin of its value."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any, Final

from detectors.thresholds import ExplainedSetting, explained
from detectors.watch import WatchSettings

_WIDTH: Final = 110


def thresholds() -> list[ExplainedSetting]:
    """All thresholds that a box uses."""
    return list(explained(WatchSettings()))


def as_json(found: list[ExplainedSetting]) -> dict[str, Any]:
    """By name: value, unit, meaning, origin."""
    return {
        one.name: {
            "value": one.value,
            "unit": one.threshold.unit,
            "meaning": one.threshold.meaning,
            "origin": one.threshold.origin,
        }
        for one in found
    }


def in_words(found: list[ExplainedSetting]) -> str:
    """Two or more lines for each threshold."""
    return "\n".join(line for one in found for line in _lines(one))


def _lines(one: ExplainedSetting) -> Iterator[str]:
    values = one.value if isinstance(one.value, tuple) else (one.value,)
    yield f"{one.name} = {', '.join(map(_shown, values))}  ({one.threshold.unit})"
    told = f"{one.threshold.meaning}. Origin: {one.threshold.origin}."
    yield from textwrap.wrap(told, _WIDTH, initial_indent="    ", subsequent_indent="    ")


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
