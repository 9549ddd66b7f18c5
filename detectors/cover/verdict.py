"""From cues to a verdict."""

from __future__ import annotations

from detectors.cover.cues import Cues
from detectors.cover.settings import CoverSettings
from detectors.observations import Verdict


def verdict_of(cues: Cues, cover_px: float, settings: CoverSettings, *, textureless: bool = False) -> Verdict:
    """The verdict on a cover of `cover_px` width; `textureless` if its reference shows no pattern.

    Missing: the whole inside is a dark gap, right from the rim. Displaced: the gap has the shape that a
    displaced cover leaves. For these two the pavement around need not look as it did: snow, leaves in the sun
    and the cover itself change it. Obstructed: something covers the place that is not as dark as a hole
    and does not have the pattern of the cover.
    """
    if cues.saturated > settings.saturated_max or cues.clarity < settings.clarity_min:
        return Verdict.UNKNOWN
    is_shadow = cues.gap_match > settings.gap_match_max or cues.spill > settings.spill_max
    if cues.gap >= settings.missing_gap and cues.rim >= settings.missing_rim:
        return Verdict.MISSING
    if cues.gap >= settings.displaced_gap and cues.crescent >= settings.displaced_fit and not is_shadow:
        return Verdict.DISPLACED
    if cues.ring_match < settings.ring_match_min:
        return Verdict.UNKNOWN
    return _by_pattern(cues, cover_px, settings, textureless=textureless)


def _by_pattern(cues: Cues, cover_px: float, settings: CoverSettings, *, textureless: bool) -> Verdict:
    """The verdict where the pavement is as it was and no hole is plain to see."""
    has_tone = abs(cues.darkness_change) <= settings.toned_change
    as_textureless = textureless and has_tone and cues.contrast < settings.textureless_contrast_max
    if cues.inside_match >= settings.intact_match_at(cover_px) or as_textureless:
        return Verdict.UNKNOWN if _is_sunk(cues, settings) else Verdict.OK
    is_lit_shaft = (
        cues.gap >= settings.displaced_gap  # without any gap it is the edge of a shadow
        and cues.darkness < settings.missing_darkness
        and cues.darkness_change < settings.missing_darkness_change
        and cues.inside_match < settings.missing_match_max
    )
    if is_lit_shaft:
        return Verdict.MISSING
    if not has_tone:
        return Verdict.OBSTRUCTED
    is_unlike = settings.intact_match_at(cover_px) - cues.inside_match >= settings.changed_min
    return Verdict.CHANGED if is_unlike else Verdict.UNKNOWN


def _is_sunk(cues: Cues, settings: CoverSettings) -> bool:
    """Whether it is dark right from the rim. On a small cover the rim alone can be half of the pattern."""
    return (
        cues.gap >= settings.displaced_gap
        and cues.rim >= settings.sunk_rim
        and cues.darkness_change < settings.missing_darkness_change
    )
