"""Figures of several rounds as one."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and greatest."""
    return {
        "median": rounded(statistics.median(values)),
        "least": rounded(min(values)),
        "greatest": rounded(max(values)),
    }


def rounded(value: float) -> float:
    """Four digits that count; more would promise what no run keeps."""
    return float(f"{value:.4g}")
