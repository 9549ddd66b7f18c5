"""Every threshold of the camera's health. One default serves all cameras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from detectors.thresholds import COST, DEFINITION, UNRECORDED, Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSettings:
    """All thresholds; each annotation gives unit, meaning and origin."""

    # --- When it is measured
    look_gap_s: Annotated[float, Threshold("s", "a look that comes sooner is not measured", COST)] = 1.9
    learn_looks: Annotated[int, Threshold("looks", "the first reference is made of this many", COST)] = 6
    confirm_looks: Annotated[
        int, Threshold("measurements in a row", "this many must agree on a fault, or on its end", DEFINITION)
    ] = 3

    # --- Faults that need no reference
    black_max: Annotated[float, Threshold("mean grey", "up to this the picture is black", UNRECORDED)] = 9.0
    black_bright_max: Annotated[
        float,
        Threshold("98th percentile of grey", "a picture with brighter parts is not black", UNRECORDED),
    ] = 40.0
    white_min: Annotated[float, Threshold("mean grey", "from this on the picture is white", UNRECORDED)] = (
        244.0
    )
    frozen_s: Annotated[
        float, Threshold("s", "a picture that is equal to the last bit for this long is frozen", UNRECORDED)
    ] = 20.0

    # --- Against the reference
    flat_contrast: Annotated[
        float,
        Threshold("share of the learned contrast", "below: something may hang before the lens", UNRECORDED),
    ] = 0.3
    blurred: Annotated[
        float, Threshold("share of the learned sharpness", "below: out of focus, or covered", UNRECORDED)
    ] = 0.4
    covered_max: Annotated[
        float,
        Threshold("correlation", "above: the scene can still be recognised; it is not covered", UNRECORDED),
    ] = 0.3
    same_scene_min: Annotated[
        float, Threshold("correlation", "below: it is another scene; the camera was moved", UNRECORDED)
    ] = 0.08
    follow_share: Annotated[
        float,
        Threshold("share of the width", "a smaller shift is followed, a larger one is a fault", UNRECORDED),
    ] = 0.02
    moved_response: Annotated[
        float, Threshold("response of phase correlation", "a large shift with more is accepted", UNRECORDED)
    ] = 0.12
    moved_match_max: Annotated[
        float, Threshold("correlation", "above: the scene matches in its old place; not moved", UNRECORDED)
    ] = 0.6

    # --- Shift and shake
    shift_response: Annotated[
        float, Threshold("response of phase correlation", "with less no shift is accepted", UNRECORDED)
    ] = 0.06
    still_px: Annotated[
        float, Threshold("px of the small picture", "a smaller median shift is none", UNRECORDED)
    ] = 0.4
    jitter_response: Annotated[
        float,
        Threshold("response of phase correlation", "with less, one look gives no shake", UNRECORDED),
    ] = 0.1
    jitter_max: Annotated[
        float,
        Threshold("share of the width", "more is not shake, but somebody who passes close by", UNRECORDED),
    ] = 0.02

    # --- Adapting the reference
    adapt_share: Annotated[
        float, Threshold("share a measurement", "how fast the reference follows the scene", UNRECORDED)
    ] = 0.03
    adapt_match: Annotated[
        float, Threshold("correlation", "the reference follows only a scene that matches better", UNRECORDED)
    ] = 0.5
    adapt_shift_px: Annotated[
        float, Threshold("px of the small picture", "and only one with a smaller shift", UNRECORDED)
    ] = 0.3
