"""Every threshold of the cover detector. The defaults hold for covers of 30 to 90 px.

Working pixels are pixels of a cover's window (`window.py`). Darkness is the natural logarithm of a ratio of
grey levels: -0.69 is half as light.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

import numpy as np

from detectors.thresholds import COST, DEFINITION, DEVELOPMENT_SCENES, UNRECORDED, Threshold

_ADR_72: Final = f"{DEVELOPMENT_SCENES} (ADR 0072)"
_ADR_220: Final = "photographs in video, development seeds (ADR 0220)"
_ADR_221: Final = "photographs in video and made scenes, development seeds (ADR 0221)"
_ADR_96: Final = f"{DEVELOPMENT_SCENES} in fog (ADR 0096)"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverSettings:
    """All thresholds; each annotation gives unit, meaning and origin."""

    # --- Looks
    looks: Annotated[int, Threshold("looks", "the median is taken of this many", COST)] = 9
    min_looks: Annotated[int, Threshold("looks", "with fewer the verdict is unknown", DEFINITION)] = 5
    look_gap_s: Annotated[float, Threshold("s", "a look that comes sooner is not analysed", COST)] = 1.9
    forget_looks_s: Annotated[
        float, Threshold("s", "after a longer gap the looks from before it are dropped", DEFINITION)
    ] = 60.0
    min_width_px: Annotated[
        float, Threshold("px", "a narrower cover is refused when the box starts", UNRECORDED)
    ] = 16.0
    working_width_px: Annotated[float, Threshold("px", "a wider cover is shrunk to this width", COST)] = 72.0

    # --- Registration by the ring of pavement
    max_shift_px: Annotated[float, Threshold("working px", "a larger shift is not accepted", UNRECORDED)] = (
        6.0
    )
    min_shift_px: Annotated[
        float, Threshold("working px", "a smaller shift is not worth moving the picture for", UNRECORDED)
    ] = 0.15
    min_response: Annotated[
        float, Threshold("response of phase correlation", "with less the shift is not accepted", UNRECORDED)
    ] = 0.08

    # --- Cues: how they are measured
    gap_fall: Annotated[
        float,
        Threshold("ln", "a pixel that fell by more, against the ring, may be a gap: half as light", _ADR_72),
    ] = -0.69
    gap_tone: Annotated[
        float, Threshold("share of the ring's median", "a pixel of a gap is also darker than this", _ADR_72)
    ] = 0.6
    rim_step: Annotated[
        float, Threshold("ln", "below this step from outside to inside, the rim counts as dark", _ADR_72)
    ] = -0.45
    min_gap: Annotated[
        float, Threshold("share of the inside", "to a smaller gap no displaced cover is fitted", UNRECORDED)
    ] = 0.08

    # --- Verdicts
    saturated_max: Annotated[
        float, Threshold("share of pixels", "more blown-out or black ones: unknown", UNRECORDED)
    ] = 0.25
    clarity_min: Annotated[
        float, Threshold("share of the reference's contrast", "less: fog, unknown", _ADR_96)
    ] = 0.3
    ok_clear: Annotated[
        tuple[float, float],
        Threshold("shares of the reference's clarity and tonal range", "less: haze, never ok", _ADR_221),
    ] = (0.5, 0.7)
    ok_textureless_clear: Annotated[
        tuple[float, float],
        Threshold("the same for a cover without pattern", "its tone alone proves little", _ADR_221),
    ] = (0.8, 0.9)
    missing_gap: Annotated[
        float, Threshold("share of the inside", "from this gap on the cover is gone altogether", _ADR_72)
    ] = 0.8
    missing_rim: Annotated[
        float,
        Threshold("share of the outline", "and if the rim is also dark along this share of it", _ADR_72),
    ] = 0.8
    displaced_gap: Annotated[
        float, Threshold("share of the inside", "from this gap on a part of the shaft may be open", _ADR_72)
    ] = 0.15
    displaced_fit: Annotated[
        float,
        Threshold("intersection over union", "a gap that fits better was left by a displaced cover", _ADR_72),
    ] = 0.7
    slight_gap: Annotated[
        float,
        Threshold(
            "share of the inside", "up to this the cover still lies on its frame for the most part", _ADR_220
        ),
    ] = 0.4
    beside_match_min: Annotated[
        float,
        Threshold(
            "correlation", "with a larger gap, changes beside it that fit better are the cover", _ADR_220
        ),
    ] = 0.42
    beside_change_min: Annotated[
        float,
        Threshold("change of pattern and tone", "and if the ground has changed by more there", _ADR_220),
    ] = 0.12
    dragged_rim: Annotated[
        float,
        Threshold("share of the outline", "a lit shaft with its cover beside it is this dark", _ADR_220),
    ] = 0.4
    dragged_match_min: Annotated[
        float, Threshold("correlation", "and the changes beside it fit a cover better than this", _ADR_220)
    ] = 0.6
    dragged_change_min: Annotated[
        float, Threshold("change of pattern and tone", "and the ground has changed by more there", _ADR_220)
    ] = 0.15
    gap_match_max: Annotated[
        float, Threshold("correlation", "a gap that has more of its old pattern is a shadow", _ADR_72)
    ] = 0.35
    spill_max: Annotated[
        float,
        Threshold("share of the ring", "a gap that continues over more pavement is a shadow", _ADR_72),
    ] = 0.15
    ring_match_min: Annotated[
        float, Threshold("correlation", "below: the pavement does not match either; unknown", UNRECORDED)
    ] = 0.25
    intact_match: Annotated[
        tuple[float, float, float],
        Threshold("correlation", "above: the cover is there; at 30, 50 and 90 px of width", UNRECORDED),
    ] = (0.50, 0.40, 0.25)
    changed_min: Annotated[
        float, Threshold("correlation below that", "less: rain or noise, unknown; more: changed", _ADR_96)
    ] = 0.15
    missing_match_max: Annotated[
        float, Threshold("correlation", "above: the cover cannot be missing, however dark", UNRECORDED)
    ] = 0.50
    missing_darkness: Annotated[
        float, Threshold("ln", "a lit shaft is darker than this against the ring", UNRECORDED)
    ] = -0.65
    missing_darkness_change: Annotated[
        float, Threshold("ln", "a lit shaft has also become darker by more than this", UNRECORDED)
    ] = -0.20
    sunk_rim: Annotated[
        float, Threshold("share of the outline", "with a gap and a rim this dark, never ok", _ADR_96)
    ] = 0.5
    toned_change: Annotated[
        float, Threshold("ln", "up to this change the tone of the inside is unchanged", _ADR_72)
    ] = 0.12
    textureless_contrast_max: Annotated[
        float,
        Threshold("times the reference's", "more: something lies on a cover without pattern", UNRECORDED),
    ] = 2.0

    # --- Whether a lit shaft is reported at once or after a wait
    ring_fall_max: Annotated[
        float,
        Threshold(
            "correlation below the usual", "more: a lit shaft must be seen for ring_patience_s", UNRECORDED
        ),
    ] = 0.25
    ring_patience_s: Annotated[
        float, Threshold("s", "somebody who halts on the cover has gone by then", UNRECORDED)
    ] = 20.0
    ring_memory_ok: Annotated[
        float, Threshold("share a look", "how fast the usual match follows while the cover is ok", UNRECORDED)
    ] = 0.15
    ring_memory: Annotated[
        float, Threshold("share a look", "how fast the usual match follows otherwise", UNRECORDED)
    ] = 0.02

    # --- Learning a reference
    learn_s: Annotated[float, Threshold("s", "how long a place is watched for its reference", COST)] = 24.0
    open_reference_darkness: Annotated[
        float, Threshold("ln", "a darker place may be an open shaft and is not learned", UNRECORDED)
    ] = -0.95
    reference_clarity_min: Annotated[
        float,
        Threshold(
            "share of the other light's",
            "less: fog; measured .22 to .44 in fog, from .64 in clear weather",
            _ADR_96,
        ),
    ] = 0.5
    reference_spread_min: Annotated[
        float, Threshold("ln", "a ring with less spread of grey shows nothing, and is not learned", _ADR_96)
    ] = 0.015
    halves_match: Annotated[
        float, Threshold("correlation", "above: early and late looks show the same place", UNRECORDED)
    ] = 0.45
    halves_change: Annotated[
        float, Threshold("ln", "if they do not match, a smaller difference of tone is accepted", UNRECORDED)
    ] = 0.08
    texture_min: Annotated[
        float, Threshold("mean gradient strength", "less: a cover without pattern", UNRECORDED)
    ] = 0.22

    # --- A new reference, and the reference of the other light
    proven_looks: Annotated[
        int, Threshold("looks", "a reference confirmed this often is never dropped", UNRECORDED)
    ] = 15
    failed_looks: Annotated[
        int, Threshold("looks", "a newer one contradicted this often is learned again", UNRECORDED)
    ] = 10
    same_ring: Annotated[float, Threshold("correlation", "above: the pavement is recognised", UNRECORDED)] = (
        0.6
    )
    other_light_confidence: Annotated[
        float, Threshold("confidence", "of a verdict by the other light's reference", UNRECORDED)
    ] = 0.6

    # --- Adapting the reference
    adapt_share: Annotated[
        float, Threshold("share a look", "how fast the reference follows while the cover is ok", UNRECORDED)
    ] = 0.04
    adapt_match: Annotated[
        float, Threshold("correlation", "only looks that match better are followed", UNRECORDED)
    ] = 0.6
    anchor_match: Annotated[
        float, Threshold("correlation", "the reference must match what was first learned by this", UNRECORDED)
    ] = 0.35

    def intact_match_at(self, cover_px: float) -> float:
        """The correlation that proves an intact cover, for its width in the picture."""
        return float(np.interp(cover_px, (30.0, 50.0, 90.0), self.intact_match))
