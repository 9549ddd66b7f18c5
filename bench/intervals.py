"""Confidence intervals for rates."""

from __future__ import annotations

import math


def wilson(hits: float, trials: float) -> dict[str, float | int | None]:
    """A rate with its 95 % Wilson interval; no rate without trials. Fractions are of several runs."""
    if trials == 0:
        return {"rate": None, "low": None, "high": None, "of": 0}
    z = 1.96
    rate = hits / trials
    middle = (rate + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials)) / (1 + z * z / trials)
    return {
        "rate": round(rate, 4),
        "low": max(0.0, round(middle - half, 4)),
        "high": min(1.0, round(middle + half, 4)),
        "of": trials,
    }
