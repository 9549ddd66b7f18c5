"""From evidence to a class."""

from __future__ import annotations

from enum import StrEnum

from detectors.left_object.evidence import Evidence
from detectors.left_object.settings import LeftObjectSettings


class Classification(StrEnum):
    """The class of a blob that has been foreground for the dwell."""

    OBJECT = "object"
    GHOST = "ghost"  # only a change of light, or the place that an object has left
    RESTLESS = "restless"  # the blob moves, or is hidden at the moment
    SWAYING = "swaying"  # a person who stands
    STIRRED = "stirred"  # somebody moves in or above the blob: a person who gestures, or one who passes it
    SCATTERED = (
        "scattered"  # the blob came piece by piece, or as one of many that resemble the ground: weather
    )


def classify(evidence: Evidence, settings: LeftObjectSettings) -> Classification:
    """The class of a blob. Leaving out any one of the limits makes the detector worse (docs/detection.md)."""
    light_max = settings.light_max_pale if evidence.colour < settings.pale else settings.light_max
    if evidence.light > light_max or evidence.removed > settings.removed_max:
        return Classification.GHOST
    if evidence.agreed < settings.agreed_min or evidence.last < settings.last_min:
        return Classification.RESTLESS
    sway_max = settings.sway_max + settings.sway_of_shake * max(0.0, evidence.shake - settings.sway_max)
    stir_max = settings.stir_max * (1.0 + settings.stir_of_shake * evidence.shake)
    if evidence.sway > sway_max:
        return Classification.SWAYING
    if evidence.stir > stir_max:
        return Classification.STIRRED
    if _is_scattered(evidence, settings):
        return Classification.SCATTERED
    return Classification.OBJECT


def _is_scattered(evidence: Evidence, settings: LeftObjectSettings) -> bool:
    if evidence.alone < settings.alone_least_like_ground and evidence.light > settings.light_max_crowded:
        return True
    return evidence.together < settings.together_min or evidence.fill < settings.fill_min
