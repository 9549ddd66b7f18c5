"""The confidence of a verdict: how often such a verdict, with so much evidence, was right on made scenes.

`python -m bench covers-calibration` fits the tables on development seeds. They hold for its mix of places, of
which three fifths have something wrong. On a street nearly all covers are in place, and `ok` is right more
often. `missing` and `displaced` both count as right where a shaft is open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from detectors.cover.cues import Cues
from detectors.observations import Verdict

Table = tuple[tuple[float, ...], tuple[float, ...]]
"""Evidence, rising; and the share of verdicts with so much of it that were right, never falling."""

TABLES: Final[Mapping[Verdict, Table]] = {
    Verdict.OK: ((0.329, 0.652), (0.968, 0.974)),
    Verdict.MISSING: ((0.976,), (0.99,)),
    Verdict.DISPLACED: ((0.918,), (0.989,)),
    Verdict.OBSTRUCTED: ((0.173, 0.245, 0.28, 0.381, 0.614), (0.831, 0.841, 0.913, 0.957, 0.985)),
    Verdict.CHANGED: ((0.144, 0.173, 0.237, 0.278, 0.344, 0.443), (0.432, 0.73, 0.865, 0.892, 0.919, 0.962)),
}


def evidence(verdict: Verdict, cues: Cues, intact_match: float) -> float:
    """How much evidence there is for a verdict; comparable only between verdicts of one kind.

    Args:
        verdict: of a cover.
        cues: behind it.
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
    """How often such a verdict is right, 0 to 1; 0 for `unknown`."""
    if verdict is Verdict.UNKNOWN:
        return 0.0
    return float(np.interp(evidence(verdict, cues, intact_match), *TABLES[verdict]))
