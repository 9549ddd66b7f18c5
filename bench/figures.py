"""Combines the figures of several rounds."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, minimum and maximum."""
    return {
        "median": rounded(statistics.median(values)),
        "least": rounded(min(values)),
        "greatest": rounded(max(values)),
    }


def rounded(value: float) -> float:
    """Rounds to four significant digits; more digits would not be reproducible."""
    return float(f"{value:.4g}")
