"""From cues to a word and a confidence. The one place where thresholds live."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.cover.cues import Cues
from detectors.observations import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverSettings:
    """Thresholds; the defaults hold for covers of 30 to 90 px.

    Attributes:
        ring_match_least: below it the pavement around does not match either: the camera cannot judge.
        ring_fall_most: how far below its usual match the pavement may fall for a cover to be missing at once.
        ring_patience_s: farther, it is missing only after so long: somebody may have halted there.
        clarity_least: share of the ring's spread of tones below which it is fog, and nothing is said.
        saturated_most: share of blown-out or black pixels from which nothing is said.
        intact_match: gradient correlation that proves the cover, at 30, 50 and 90 px of width.
        missing_gap: share of the inside that is a dark gap, from which the cover is gone altogether.
        missing_rim: and the share of the outline along which the dark begins at the rim.
        displaced_gap: from which a part of the shaft is open.
        missing_match_most: above it the cover cannot be missing, however dark.
        missing_darkness: a hole is darker than this against the pavement, as a logarithm.
        missing_darkness_change: and has become this much darker than the reference.
        toned_change: change of darkness up to which the inside has the tone it had.
        plain_contrast_most: growth of contrast from which something lies on a cover without a pattern.
        open_reference_darkness: a reference as dark as this may be an open hole and is not believed.
        looks: how many looks the median is taken of.
        look_gap_s: least time between two of them.
        learn_s: how long a first reference is watched before it is taken.
    """

    ring_match_least: float = 0.25
    ring_fall_most: float = 0.25
    ring_patience_s: float = 20.0
    clarity_least: float = 0.3
    saturated_most: float = 0.25
    intact_match: tuple[float, float, float] = (0.50, 0.40, 0.25)
    missing_gap: float = 0.8
    missing_rim: float = 0.8
    displaced_gap: float = 0.12
    missing_match_most: float = 0.50
    missing_darkness: float = -0.65
    missing_darkness_change: float = -0.20
    toned_change: float = 0.12
    plain_contrast_most: float = 2.0
    open_reference_darkness: float = -0.95
    looks: int = 9
    look_gap_s: float = 1.9
    learn_s: float = 24.0

    def intact_match_at(self, cover_px: float) -> float:
        """The proof of an intact cover, for its width in the picture."""
        return float(np.interp(cover_px, (30.0, 50.0, 90.0), self.intact_match))


def judge(
    cues: Cues, cover_px: float, settings: CoverSettings, *, plain: bool = False
) -> tuple[Verdict, float]:
    """The word for a place, and how sure it is, 0 to 1; `plain` where the reference shows no pattern.

    Missing: the whole inside is a dark gap, right from the rim. Displaced: a part of it is. Obstructed:
    something covers it that is neither as dark as a hole nor patterned as the cover.
    """
    if cues.saturated > settings.saturated_most or cues.clarity < settings.clarity_least:
        return Verdict.UNKNOWN, 0.0
    open_shaft = cues.gap >= settings.missing_gap and cues.rim >= settings.missing_rim
    if cues.ring_match < settings.ring_match_least and not open_shaft:
        return Verdict.UNKNOWN, 0.0
    return (Verdict.MISSING, 0.95) if open_shaft else _word(cues, cover_px, settings, plain=plain)


def _word(cues: Cues, cover_px: float, settings: CoverSettings, *, plain: bool) -> tuple[Verdict, float]:
    """The word for a place that can be seen and is not an open shaft all over."""
    intact = settings.intact_match_at(cover_px)
    if cues.gap >= settings.displaced_gap:
        return Verdict.DISPLACED, 0.6
    toned = abs(cues.darkness_change) <= settings.toned_change
    if cues.inside_match >= intact or (plain and toned and cues.contrast < settings.plain_contrast_most):
        return Verdict.OK, _certain(cues.inside_match - intact, 0.12)
    hole = min(
        settings.missing_darkness - cues.darkness, settings.missing_darkness_change - cues.darkness_change
    )
    if hole > 0 and cues.inside_match < settings.missing_match_most:
        return Verdict.MISSING, _certain(min(hole, (intact - cues.inside_match) * 2), 0.12)
    return (Verdict.CHANGED, 0.4) if toned else (Verdict.OBSTRUCTED, 0.8)


def _certain(margin: float, half: float) -> float:
    """A logistic of the margin to the threshold: .5 on it, .88 at twice `half`."""
    return float(1.0 / (1.0 + np.exp(-margin / half)))
