"""From cues to a verdict."""

from __future__ import annotations

from detectors.cover.cues import Cues
from detectors.cover.settings import CoverSettings
from detectors.observations import Verdict


def verdict_of(cues: Cues, cover_px: float, settings: CoverSettings, *, textureless: bool = False) -> Verdict:
    """The verdict on a cover.

    - `missing`: the inside is a dark gap: all of it and right from the rim; or in the shape of a crescent; or
      as a shaft whose wall is lit.
    - `displaced`: likewise, and the cover can be seen to lie beside its place, or for the most part still on
      its frame.
    - `obstructed`: the inside has another tone, without the pattern of the cover and without a dark gap.

    For the first two the pavement around need not look as it did: snow, leaves in the sun and the displaced
    cover itself change it.

    Args:
        cues: the cues of the look.
        cover_px: width of the cover in the full picture, pixels.
        settings: the thresholds.
        textureless: whether the reference shows no pattern.
    """
    if cues.saturated > settings.saturated_max or cues.clarity < settings.clarity_min:
        return Verdict.UNKNOWN
    if is_gone(cues, settings):
        return Verdict.MISSING
    if is_crescent(cues, settings):
        is_slight = cues.gap < settings.slight_gap
        return Verdict.DISPLACED if is_slight or lies_beside(cues, settings) else Verdict.MISSING
    if is_dragged(cues, settings):
        return Verdict.DISPLACED
    if cues.ring_match < settings.ring_match_min:
        return Verdict.UNKNOWN
    return _by_pattern(cues, cover_px, settings, textureless=textureless)


def is_clear(cues: Cues, minimum: tuple[float, float]) -> bool:
    """Whether at least these shares of the reference's clarity and tonal range are left.

    Through fog, a pattern that is bounded and normalised still matches, and the rim of a shaft is most of it.
    """
    return cues.clarity >= minimum[0] and cues.tonal_range >= minimum[1]


def is_gone(cues: Cues, settings: CoverSettings) -> bool:
    """Whether nearly the whole inside is a dark gap that starts at the rim."""
    return cues.gap >= settings.missing_gap and cues.rim >= settings.missing_rim


def is_crescent(cues: Cues, settings: CoverSettings) -> bool:
    """Whether the gap has the shape that a displaced cover leaves open, as a lit shaft may have too.

    A gap that keeps its pattern, or continues over the pavement, is a shadow.
    """
    is_open = cues.gap >= settings.displaced_gap and not _is_shadow(cues, settings)
    return is_open and cues.crescent >= settings.displaced_fit


def is_dragged(cues: Cues, settings: CoverSettings) -> bool:
    """Whether the cover plainly lies beside a gap that has not the shape of a crescent: its wall is lit.

    The pavement around need not match, because the cover itself hides much of it.
    """
    return (
        cues.gap >= settings.displaced_gap
        and not _is_shadow(cues, settings)
        and cues.rim >= settings.dragged_rim
        and cues.darkness_change < settings.missing_darkness_change
        and cues.beside_match >= settings.dragged_match_min
        and cues.beside_change >= settings.dragged_change_min
    )


def lies_beside(cues: Cues, settings: CoverSettings) -> bool:
    """Whether the ground beside the gap has changed where, and only where, a displaced cover would lie."""
    return cues.beside_match >= settings.beside_match_min and cues.beside_change >= settings.beside_change_min


def _is_shadow(cues: Cues, settings: CoverSettings) -> bool:
    return cues.gap_match > settings.gap_match_max or cues.spill > settings.spill_max


def _by_pattern(cues: Cues, cover_px: float, settings: CoverSettings, *, textureless: bool) -> Verdict:
    """The verdict if the pavement looks as it did and no hole is obvious."""
    has_tone = abs(cues.darkness_change) <= settings.toned_change
    as_textureless = textureless and has_tone and cues.contrast < settings.textureless_contrast_max
    has_pattern = cues.inside_match >= settings.intact_match_at(cover_px)
    if has_pattern or as_textureless:
        in_haze = not is_clear(cues, settings.ok_clear if has_pattern else settings.ok_textureless_clear)
        return Verdict.UNKNOWN if in_haze or _is_sunk(cues, settings) else Verdict.OK
    is_lit_shaft = (
        cues.gap >= settings.displaced_gap  # without any gap it is the edge of a shadow
        and cues.darkness < settings.missing_darkness
        and cues.darkness_change < settings.missing_darkness_change
        and cues.inside_match < settings.missing_match_max
    )
    if is_lit_shaft:
        return Verdict.DISPLACED if lies_beside(cues, settings) else Verdict.MISSING
    if not has_tone:
        return Verdict.OBSTRUCTED
    is_unlike = settings.intact_match_at(cover_px) - cues.inside_match >= settings.changed_min
    return Verdict.CHANGED if is_unlike else Verdict.UNKNOWN


def _is_sunk(cues: Cues, settings: CoverSettings) -> bool:
    """Whether the inside is dark from the rim on, although the pattern matches.

    On a small cover the rim alone can be half of the pattern.
    """
    return (
        cues.gap >= settings.displaced_gap
        and cues.rim >= settings.sunk_rim
        and cues.darkness_change < settings.missing_darkness_change
    )
