"""The confidence of a verdict: how often it was right, with as much evidence, on synthetic scenes.

`python -m bench covers-calibration` fits the tables on development seeds. They hold for its mix of places:
three fifths of them are not in order. On a street nearly all covers are in place, and `ok` is right more
often. If a shaft is open, `missing` and `displaced` both count as right.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from detectors.cover.cues import Cues
from detectors.observations import Verdict

Table = tuple[tuple[float, ...], tuple[float, ...]]
"""Amounts of evidence, rising; and for each the share of verdicts that were right, never falling."""

TABLES: Final[Mapping[Verdict, Table]] = {
    Verdict.OK: ((0.329, 0.652), (0.968, 0.974)),
    Verdict.MISSING: ((0.976,), (0.99,)),
    Verdict.DISPLACED: ((0.918,), (0.989,)),
    Verdict.OBSTRUCTED: ((0.173, 0.245, 0.28, 0.381, 0.614), (0.831, 0.841, 0.913, 0.957, 0.985)),
    Verdict.CHANGED: ((0.144, 0.173, 0.237, 0.278, 0.344, 0.443), (0.432, 0.73, 0.865, 0.892, 0.919, 0.962)),
}


def evidence(verdict: Verdict, cues: Cues, intact_match: float) -> float:
    """The amount of evidence for a verdict, without unit; comparable only between equal verdicts.

    Args:
        verdict: the verdict on a cover.
        cues: the cues that led to it.
        intact_match: the correlation that proves an intact cover of this size.
    """
    return {
        Verdict.OK: cues.inside_match - intact_match,
        Verdict.MISSING: min(cues.gap, cues.rim),
        Verdict.DISPLACED: cues.crescent,
        Verdict.OBSTRUCTED: abs(cues.darkness_change),
        Verdict.CHANGED: intact_match - cues.inside_match,
    }[verdict]


def confidence(verdict: Verdict, cues: Cues, intact_match: float) -> float:
    """How often a verdict with these cues is right, 0 to 1; 0 for `unknown`."""
    if verdict is Verdict.UNKNOWN:
        return 0.0
    return float(np.interp(evidence(verdict, cues, intact_match), *TABLES[verdict]))
