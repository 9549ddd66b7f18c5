"""From cues to a word. The one place where thresholds live."""

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
        changed_least: how far below that proof the pattern must fall to be another one; between, rain or
            noise may have hidden it.
        missing_gap: share of the inside that is a dark gap, from which the cover is gone altogether.
        missing_rim: and the share of the outline along which the dark begins at the rim.
        displaced_gap: from which a part of the shaft may be open.
        crescent_least: how well a gap must have the shape of what a dragged cover leaves open.
        gap_match_most: a dark part that still has its pattern is a shadow.
        spill_most: and so is one that goes on over the pavement: share of the ring that is as dark.
        missing_match_most: above it the cover cannot be missing, however dark.
        sunk_rim: share of the outline from which nothing that has a gap is `ok`, whatever the pattern says.
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
    changed_least: float = 0.15
    missing_gap: float = 0.8
    missing_rim: float = 0.8
    displaced_gap: float = 0.15
    crescent_least: float = 0.7
    gap_match_most: float = 0.35
    spill_most: float = 0.15
    missing_match_most: float = 0.50
    sunk_rim: float = 0.5
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


def judge(cues: Cues, cover_px: float, settings: CoverSettings, *, plain: bool = False) -> Verdict:
    """The word for a place; `plain` where the reference shows no pattern.

    Missing: the whole inside is a dark gap, right from the rim. Displaced: the gap has the shape that a cover
    leaves which was dragged aside. For these two the pavement around need not look as it did: snow, leaves in
    the sun and the cover itself change it. Obstructed: something covers it that is neither as dark as a hole
    nor patterned as the cover.
    """
    if cues.saturated > settings.saturated_most or cues.clarity < settings.clarity_least:
        return Verdict.UNKNOWN
    shaded = cues.gap_match > settings.gap_match_most or cues.spill > settings.spill_most
    if cues.gap >= settings.missing_gap and cues.rim >= settings.missing_rim:
        return Verdict.MISSING
    if cues.gap >= settings.displaced_gap and cues.crescent >= settings.crescent_least and not shaded:
        return Verdict.DISPLACED
    if cues.ring_match < settings.ring_match_least:
        return Verdict.UNKNOWN
    return _by_pattern(cues, cover_px, settings, plain=plain)


def _by_pattern(cues: Cues, cover_px: float, settings: CoverSettings, *, plain: bool) -> Verdict:
    """The word where the pavement is as it was and no hole is plain to see."""
    toned = abs(cues.darkness_change) <= settings.toned_change
    as_plain = plain and toned and cues.contrast < settings.plain_contrast_most
    if cues.inside_match >= settings.intact_match_at(cover_px) or as_plain:
        return Verdict.UNKNOWN if _sunk(cues, settings) else Verdict.OK
    dark = (
        cues.gap >= settings.displaced_gap  # without any gap it is the edge of a shadow
        and cues.darkness < settings.missing_darkness
        and cues.darkness_change < settings.missing_darkness_change
        and cues.inside_match < settings.missing_match_most
    )
    if dark:
        return Verdict.MISSING
    if not toned:
        return Verdict.OBSTRUCTED
    unlike = settings.intact_match_at(cover_px) - cues.inside_match >= settings.changed_least
    return Verdict.CHANGED if unlike else Verdict.UNKNOWN


def _sunk(cues: Cues, settings: CoverSettings) -> bool:
    """Whether it is dark right from the rim: of a small cover the rim alone can be half of the pattern."""
    return (
        cues.gap >= settings.displaced_gap
        and cues.rim >= settings.sunk_rim
        and cues.darkness_change < settings.missing_darkness_change
    )
