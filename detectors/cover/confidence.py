"""How sure a word is: as often as such a word, so well founded, was right on made scenes.

`python -m bench covers-calibration` fits the tables on development seeds. They hold for its mix of places, of
which three fifths have something wrong; on a street nearly all covers lie well, and `ok` is right more often.
`missing` and `displaced` are right where a shaft is open, whichever of them it is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from detectors.cover.cues import Cues
from detectors.observations import Verdict

Table = tuple[tuple[float, ...], tuple[float, ...]]
"""Evidence, rising, and the share of words with so much of it that was right, never falling."""

TABLES: Final[Mapping[Verdict, Table]] = {
    Verdict.OK: ((0.329, 0.652), (0.968, 0.974)),
    Verdict.MISSING: ((0.976,), (0.99,)),
    Verdict.DISPLACED: ((0.918,), (0.989,)),
    Verdict.OBSTRUCTED: ((0.173, 0.245, 0.28, 0.381, 0.614), (0.831, 0.841, 0.913, 0.957, 0.985)),
    Verdict.CHANGED: ((0.144, 0.173, 0.237, 0.278, 0.344, 0.443), (0.432, 0.73, 0.865, 0.892, 0.919, 0.962)),
}


def evidence(verdict: Verdict, cues: Cues, intact_match: float) -> float:
    """How well founded a word is; comparable only between words of one kind.

    Args:
        verdict: the word.
        cues: behind it.
        intact_match: what proves the pattern of a cover of this size.
    """
    return {
        Verdict.OK: cues.inside_match - intact_match,
        Verdict.MISSING: min(cues.gap, cues.rim),
        Verdict.DISPLACED: cues.crescent,
        Verdict.OBSTRUCTED: abs(cues.darkness_change),
        Verdict.CHANGED: intact_match - cues.inside_match,
    }[verdict]


def confidence(verdict: Verdict, cues: Cues, intact_match: float) -> float:
    """How often such a word is right, 0 to 1; 0 for `unknown`."""
    if verdict is Verdict.UNKNOWN:
        return 0.0
    return float(np.interp(evidence(verdict, cues, intact_match), *TABLES[verdict]))
