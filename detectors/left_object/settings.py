"""Every threshold of the left-object detector. One default serves all cameras.

Working pixels are pixels of the shrunk picture (`working_long_side_px`). A log unit is one step of the 8-bit
logarithm in `log_gradient.LOG`, about 1 % of brightness. A relief unit is a log unit of the reconstructed
image of changes (`relief.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from detectors.thresholds import COST, DEFINITION, DEVELOPMENT_SCENES, UNRECORDED, Threshold

_ADR_73: Final = f"{DEVELOPMENT_SCENES} (ADR 0073)"
_ADR_94: Final = f"{DEVELOPMENT_SCENES} of a shaking camera (ADR 0094)"
_ADR_214: Final = "trials with several things at once, and with weather, on synthetic scenes (ADR 0214)"
_ADR_216: Final = "trials with people who stand, on known clips and synthetic scenes (ADR 0216)"
_ADR_223: Final = f"{DEVELOPMENT_SCENES} with several things at once (ADR 0223)"
_ADR_224: Final = f"{DEVELOPMENT_SCENES} with people and buses that wait (ADR 0224)"
_ADR_215: Final = "trials with zones and dwells on known clips and drawn streets (ADR 0215)"
_KNOWN_CLIPS: Final = "trials on the recorded clips of `scripts/bench real-clips`"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftObjectSettings:
    """All thresholds; each annotation gives unit, meaning and origin."""

    # --- The cut around a zone, and which looks are analysed
    working_long_side_px: Annotated[
        float,
        Threshold(
            "px", "the whole picture is shrunk to this; at 480 small dark objects were lost", _KNOWN_CLIPS
        ),
    ] = 640.0
    crop_above: Annotated[
        float,
        Threshold("heights of the zone", "how far the cut reaches above it; objects stand up", DEFINITION),
    ] = 1.1
    crop_above_vehicle: Annotated[
        float,
        Threshold(
            "heights of the zone", "likewise for vehicles: a van stands high above a shallow kerb", DEFINITION
        ),
    ] = 2.5
    crop_beside: Annotated[
        float, Threshold("widths of the zone", "how far the cut reaches to its sides and below", DEFINITION)
    ] = 0.12
    gate_difference: Annotated[
        int,
        Threshold(
            "grey levels", "a sampled pixel that changed by more is new; below it is noise", UNRECORDED
        ),
    ] = 14
    gate_pixels: Annotated[
        int, Threshold("sampled pixels", "a look with at most this many new pixels is not analysed", COST)
    ] = 2

    # --- Learning the empty zone
    learn_s: Annotated[float, Threshold("s", "how long the empty zone is watched at first", COST)] = 8.0
    learn_looks: Annotated[int, Threshold("looks", "fewer give no background", DEFINITION)] = 4
    learned_blur_share: Annotated[
        float,
        Threshold(
            "share of the median's span",
            "foreground that resembles the ground and arrived this soon after learning counts as learned",
            _ADR_94,
        ),
    ] = 0.75
    upheaval_share: Annotated[
        float,
        Threshold(
            "share of the cut", "more foreground means that light or camera changed, not objects", UNRECORDED
        ),
    ] = 0.7
    upheaval_settles: Annotated[
        float,
        Threshold(
            "settling times", "after an upheaval that lasts longer, the zone is learned again", UNRECORDED
        ),
    ] = 6.0
    calm_share: Annotated[
        float,
        Threshold("share of the cut", "foreground up to this share stood there before an upheaval", _ADR_215),
    ] = 0.35
    renew_every_s: Annotated[
        float,
        Threshold("s", "how often the kept picture of the empty zone follows the light by a level", COST),
    ] = 4.0
    reference_every_s: Annotated[
        float, Threshold("s", "how often the reference of the registration is renewed", COST)
    ] = 30.0

    # --- Background model
    settle_divisor: Annotated[
        float, Threshold("divides the dwell", "a pixel that differs for this long is settled", UNRECORDED)
    ] = 6.0
    settle_s: Annotated[
        tuple[float, float], Threshold("s", "least and greatest settling time", UNRECORDED)
    ] = (1.0, 4.0)
    step: Annotated[
        tuple[int, int],
        Threshold("log units", "smaller changes of a gradient are soft light; least to most", _ADR_73),
    ] = (2, 5)
    step_per_noise: Annotated[
        float,
        Threshold(
            "log units for 1 of mean change", "how fast the limit above rises in a restless zone", _ADR_73
        ),
    ] = 6.0
    foreground_per_step: Annotated[
        int, Threshold("relief units for a log unit", "foreground lies above `step` times this", _ADR_73)
    ] = 3
    foreground: Annotated[
        tuple[int, int], Threshold("relief units", "least and greatest limit of foreground", _ADR_73)
    ] = (6, 9)
    adapt_every_s: Annotated[
        float, Threshold("s", "how often the background follows slow change by a log unit", COST)
    ] = 1.9
    coloured_step: Annotated[
        int, Threshold("log units", "a larger gradient of colour counts as coloured", UNRECORDED)
    ] = 4
    coloured_share: Annotated[
        float, Threshold("share of the cut", "with more coloured ground, day and infrared differ", UNRECORDED)
    ] = 0.01
    same_ground: Annotated[
        float, Threshold("correlation", "above it the other light shows the same ground", UNRECORDED)
    ] = 0.3
    restored_foreground: Annotated[
        float,
        Threshold(
            "share of an absorbed area", "with more of it foreground again, a return is tested", DEFINITION
        ),
    ] = 0.5
    restored_distance: Annotated[
        float,
        Threshold(
            "ratio of distances",
            "below it the former background is back: nearer to it than to the present one",
            UNRECORDED,
        ),
    ] = 0.6
    relief_reach_px: Annotated[
        float,
        Threshold(
            "px at half size", "how far an open outline is filled in; 40 gave bright rims only", _ADR_73
        ),
    ] = 120.0

    # --- Blobs
    min_area: Annotated[float, Threshold("share of the cut", "a smaller blob is no object", UNRECORDED)] = (
        0.0025
    )
    min_area_px: Annotated[int, Threshold("working px", "a smaller blob is no object", UNRECORDED)] = 90
    max_area: Annotated[float, Threshold("share of the cut", "a larger blob is no object", UNRECORDED)] = 0.6
    split_divisor: Annotated[
        float, Threshold("divides the dwell", "arrivals farther apart are two blobs", UNRECORDED)
    ] = 3.0
    split_s: Annotated[float, Threshold("s", "least time between arrivals that splits", UNRECORDED)] = 2.5
    split_piece: Annotated[
        float, Threshold("share of a blob", "a smaller piece is not split off", UNRECORDED)
    ] = 0.2
    near: Annotated[
        float, Threshold("longest sides", "boxes closer than this belong together", UNRECORDED)
    ] = 0.5
    core_percentile: Annotated[
        float, Threshold("percentile", "of the change within a vehicle's blob; see `core_share`", UNRECORDED)
    ] = 75.0
    core_share: Annotated[
        float, Threshold("share of that percentile", "weaker changes are no part of a vehicle", UNRECORDED)
    ] = 0.33
    foot_share: Annotated[
        float,
        Threshold("share of the lowest quarter", "less on the zone: the object stands elsewhere", UNRECORDED),
    ] = 0.4

    # --- Evidence: how it is measured
    edge: Annotated[float, Threshold("log units", "a larger gradient is an edge", UNRECORDED)] = 6.0
    negligible: Annotated[
        float, Threshold("log units", "an edge that changed by less neither came nor went", UNRECORDED)
    ] = 2.0
    min_core_px: Annotated[
        int, Threshold("working px", "a smaller inside is measured with its outline", DEFINITION)
    ] = 40
    together_s: Annotated[
        float, Threshold("s", "pixels that arrived within this time came together", UNRECORDED)
    ] = 10.0
    sway_edge: Annotated[
        float, Threshold("log units", "motion is measured at larger gradients of brightness", _ADR_73)
    ] = 3.0
    sway_colour_edge: Annotated[
        float, Threshold("log units", "motion is measured at larger gradients of colour", _ADR_73)
    ] = 8.0
    sway_changed: Annotated[
        float,
        Threshold("log units", "an edge that differs from the ground's by more is the object's", _ADR_73),
    ] = 3.0
    sway_min_slope: Annotated[
        float, Threshold("squared log units", "with less slope in all edges no motion is measured", _ADR_73)
    ] = 600.0
    sway_min_lean: Annotated[
        float, Threshold("squared log units", "with less, lean and shift cannot be separated", _ADR_73)
    ] = 100.0
    sway_beside: Annotated[
        float, Threshold("widths of the blob", "how far beside it edges count as its own", _ADR_73)
    ] = 0.2
    sway_noise: Annotated[
        float, Threshold("px times root slope", "apparent sway by noise, which is subtracted", _ADR_73)
    ] = 3.0
    sway_prior: Annotated[
        float, Threshold("squared log units", "how strongly no shift at all is expected", _ADR_73)
    ] = 200.0
    stir_max_rest: Annotated[
        int, Threshold("log units", "a larger difference counts as this: a passer-by is no stir", _ADR_73)
    ] = 40

    # --- Evidence: how it is classified
    light_max: Annotated[
        float, Threshold("correlation", "above: the ground's pattern shows inside; only light", _ADR_73)
    ] = 0.8
    light_max_pale: Annotated[
        float, Threshold("correlation", "the same limit if the colour has not changed", _ADR_73)
    ] = 0.6
    light_max_crowded: Annotated[
        float,
        Threshold(
            "correlation",
            "what much else came with, and resembles the ground by more, takes longer still; flecks of snow "
            "lie at .4 to .6, things below .3",
            _ADR_214,
        ),
    ] = 0.4
    alone_least_like_ground: Annotated[
        float,
        Threshold("share of what arrived then", "what resembles it so is weather below this", _ADR_223),
    ] = 0.1
    pale: Annotated[
        float, Threshold("relief units", "up to this change the colour has not changed", _ADR_73)
    ] = 10.0
    light_learned: Annotated[
        float,
        Threshold("correlation", "above: the blob resembles the ground, and may be a blurred part", _ADR_94),
    ] = 0.4
    removed_max: Annotated[
        float,
        Threshold(
            "-1 to 1", "above: an old outline vanished; objects lie below -.4, ghosts above -.1", _ADR_73
        ),
    ] = -0.2
    agreed_min: Annotated[
        float, Threshold("correlation", "below: the edges of the last looks differ; not at rest", _ADR_73)
    ] = 0.5
    last_min: Annotated[
        float, Threshold("correlation", "below: the two newest looks do not show the blob", _ADR_73)
    ] = 0.65
    sway_max: Annotated[
        float,
        Threshold(
            "working px", "above: a person; objects move by up to .3 px, people by .3 and more", _ADR_73
        ),
    ] = 0.34
    sway_of_shake: Annotated[
        float, Threshold("px for 1 px", "how much more is allowed for each pixel of camera shake", _ADR_94)
    ] = 0.3
    stir_max: Annotated[
        float,
        Threshold(
            "times the whole cut", "above: somebody gestures, or passes; the look does not count", _ADR_73
        ),
    ] = 3.5
    stir_of_shake: Annotated[
        float, Threshold("share for 1 px", "how much more is allowed for each pixel of camera shake", _ADR_94)
    ] = 4.0
    together_min: Annotated[
        float, Threshold("share of its pixels", "fewer came together: snow comes piece by piece", _ADR_73)
    ] = 0.65
    alone_min: Annotated[
        float,
        Threshold(
            "share of what arrived then",
            "less: several things, or weather; it takes longer to tell",
            _ADR_214,
        ),
    ] = 0.6
    fill_min: Annotated[float, Threshold("share of its box", "less: scattered pieces", _ADR_73)] = 0.2

    # --- Following objects
    sure_share: Annotated[
        float, Threshold("share of the dwell", "how long it must be classified as an object", UNRECORDED)
    ] = 0.1
    sure_share_swayed: Annotated[
        float,
        Threshold(
            "share of the dwell",
            "the same if it swayed, if somebody moved before it, or if colour cannot show sway",
            _ADR_94,
        ),
    ] = 0.3
    still_least_s: Annotated[
        float, Threshold("s", "how long a blob that swayed must have been still, at least", _ADR_216)
    ] = 10.0
    still_for_swayed: Annotated[
        float,
        Threshold(
            "s for 1 s of sway",
            "how much longer, at most twice as long: who has stood long sways on",
            _ADR_224,
        ),
    ] = 0.25
    sure_share_crowded: Annotated[
        float, Threshold("share of the dwell", "the same if much else arrived with it", _ADR_214)
    ] = 0.3
    crowded_least_s: Annotated[
        float, Threshold("s", "and at least so long; flecks of weather do not last as objects", _ADR_214)
    ] = 12.0
    large_share: Annotated[
        float,
        Threshold(
            "share of the cut", "above: a bus or a train that waits hides as much of the zone", _ADR_224
        ),
    ] = 0.2
    sure_share_large: Annotated[
        float, Threshold("share of the dwell", "how long what is so large must be an object", _ADR_224)
    ] = 0.5
    sure_share_crowded_like_ground: Annotated[
        float, Threshold("share of the dwell", "how long that must be classified as an object", _ADR_223)
    ] = 1.0
    gone_share: Annotated[
        float, Threshold("share of its core", "less foreground left: the object is gone", UNRECORDED)
    ] = 0.35
    gone_kept_s: Annotated[
        float, Threshold("s", "how long a removed object is still reported as gone", DEFINITION)
    ] = 30.0
    candidate_silence_s: Annotated[
        float, Threshold("s", "a candidate not seen for longer is dropped", UNRECORDED)
    ] = 10.0
    same_overlap: Annotated[
        float, Threshold("share of the larger", "blobs that overlap by more are the same", DEFINITION)
    ] = 0.5
    part_overlap: Annotated[
        float,
        Threshold("share of the smaller", "a blob that overlaps an object by more is part of it", UNRECORDED),
    ] = 0.3
    growth_dwells: Annotated[
        float,
        Threshold(
            "dwells", "a blob that touches an object and comes this soon after it is its growth", UNRECORDED
        ),
    ] = 3.0
    growth_s: Annotated[float, Threshold("s", "least time for growth", UNRECORDED)] = 12.0
    ghost_s: Annotated[
        float, Threshold("s", "a ghost is absorbed after a dwell, but not before this", UNRECORDED)
    ] = 10.0

    # --- Confidence
    confidence_against: Annotated[
        float, Threshold("for 1 of light, sway or disagreement", "how much is subtracted", UNRECORDED)
    ] = 0.5
    confidence_range: Annotated[
        tuple[float, float], Threshold("confidence", "least and greatest for an object", UNRECORDED)
    ] = (0.3, 0.95)
    confidence_clear: Annotated[
        float, Threshold("confidence", "of a clear zone, and of an object's removal", UNRECORDED)
    ] = 0.9

    # --- Registration
    contrast_max: Annotated[
        float,
        Threshold("log units", "stronger contrast counts as this: no line outweighs the street", _ADR_94),
    ] = 12.0
    residual_max: Annotated[
        float, Threshold("log units", "Huber's limit: the weight of larger differences is bounded", _ADR_94)
    ] = 8.0
    unexplained_max: Annotated[
        float,
        Threshold(
            "log units a point",
            "above: another light; right shifts leave 3 at most, moving shade 4.5",
            _ADR_94,
        ),
    ] = 3.8
    still_px: Annotated[float, Threshold("working px", "above: the camera moves", _ADR_94)] = 0.2
    coarse_still_px: Annotated[
        float,
        Threshold("working px", "below, at a quarter of the size, a still camera counts as still", _ADR_94),
    ] = 0.5
    second_start_px: Annotated[
        float, Threshold("working px", "a guess farther away is a second start of the search", _ADR_94)
    ] = 2.0
    turned_px: Annotated[
        float,
        Threshold("px of the full picture", "if the median shift moves farther, the cut follows", _ADR_94),
    ] = 0.75

    def least_blob_px(self, cut_px: int) -> int:
        """The least pixels of a blob in a cut of so many pixels, both at half the working size."""
        return max(self.min_area_px // 4, int(self.min_area * cut_px))
