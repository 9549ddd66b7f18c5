"""How a place looks when the cover is in order: learned, checked, and adapted only while it is in order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from detectors.cover.cues import Cues
from detectors.cover.median import median
from detectors.cover.patch_features import PatchFeatures, clarity, match, tonal_range
from detectors.cover.registration import RingTemplate, ring_template
from detectors.cover.settings import CoverSettings
from detectors.cover.window import Grey, Window


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reference:
    """How a place looks in one kind of light.

    Attributes:
        features: the features of the place, slowly adapted.
        template: the ring, against which looks are registered.
        anchor: the features as first learned; the adapted ones must always match them.
        textureless: whether the inside shows no pattern; then only a hole or a change of tone can be seen.
    """

    features: PatchFeatures
    template: RingTemplate
    anchor: PatchFeatures
    textureless: bool

    @classmethod
    def first(cls, picture: Grey, window: Window, settings: CoverSettings) -> Reference:
        """The first reference of a place."""
        features = PatchFeatures.of(picture, window)
        strength = float(np.sqrt(features.strength[window.inside].mean()))
        return cls(
            features=features,
            template=ring_template(picture, window),
            anchor=features,
            textureless=strength < settings.texture_min,
        )

    def adapted(self, now: PatchFeatures, cues: Cues, window: Window, settings: CoverSettings) -> Reference:
        """The reference moved a little towards the picture; unchanged unless the cover is clearly there."""
        if cues.inside_match < settings.adapt_match or cues.ring_match < settings.adapt_match:
            return self
        share = settings.adapt_share
        picture = np.asarray(cv2.addWeighted(self.features.grey, 1 - share, now.grey, share, 0.0), np.uint8)
        if np.array_equal(picture, self.features.grey):
            return self
        features = PatchFeatures.of(picture, window)
        if match(self.anchor, features, window.inside_weights) < settings.anchor_match:
            return self
        least_clear, least_range = settings.ok_clear
        if clarity(features, self.anchor) < least_clear or tonal_range(features, self.anchor) < least_range:
            return self  # fog that thickens over hours would be followed, until nothing could be told
        return replace(self, features=features, template=ring_template(picture, window))


def rejection_reason(
    looks: list[Grey], window: Window, settings: CoverSettings, *, known: Reference | None, proven: bool
) -> str | None:
    """Why looks cannot become a reference; None if they can.

    Args:
        looks: in the order of time.
        window: the window of the cover.
        settings: the thresholds.
        known: the reference in the other light, if there is one.
        proven: whether that reference has been confirmed; if not, it may itself show somebody.
    """
    whole = PatchFeatures.of(median(looks), window)
    return _hidden(whole, settings, known, proven=proven) or _unsteady(looks, window, settings)


def _hidden(
    whole: PatchFeatures, settings: CoverSettings, known: Reference | None, *, proven: bool
) -> str | None:
    if whole.saturated > settings.saturated_max:
        return "glare or darkness hides the place"
    if whole.darkness < settings.open_reference_darkness:
        return "the place is as dark as an open shaft"
    if known is not None and _in_haze(whole, known.features, settings, proven=proven):
        return "less can be made out around the place than by the other light"
    if whole.spreads[1] < settings.reference_spread_min:
        return "nothing can be made out around the place"
    return None


def _in_haze(whole: PatchFeatures, known: PatchFeatures, settings: CoverSettings, *, proven: bool) -> bool:
    """Whether less can be made out than by the other light.

    Somebody who stood there while an unproven reference was learned changes its contrast or its tones; only
    fog takes away most of both.
    """
    less = clarity(whole, known) < settings.reference_clarity_min
    return less and (proven or tonal_range(whole, known) < settings.reference_clarity_min)


def _unsteady(looks: list[Grey], window: Window, settings: CoverSettings) -> str | None:
    middle = len(looks) // 2
    early, late = (PatchFeatures.of(median(half), window) for half in (looks[:middle], looks[middle:]))
    if match(early, late, window.inside_weights) >= settings.halves_match:
        return None
    change = early.log_grey - late.log_grey
    around = np.median(change[window.ring])
    if float(np.abs(change[window.inside] - around).mean()) > settings.halves_change:
        return "the place does not hold still"
    return None
