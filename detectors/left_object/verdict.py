"""From evidence to a word. The one place where thresholds live."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from detectors.left_object.evidence import Evidence


class Word(StrEnum):
    """What a part that has held for the dwell is taken for."""

    THING = "thing"
    GHOST = "ghost"  # only light, or the hole that something left
    RESTLESS = "restless"  # it does not hold still, or is hidden just now
    SWAYS = "sways"  # somebody who stands
    SCATTERED = "scattered"  # it came piece by piece, or everywhere at once, as weather does


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftObjectSettings:
    """Limits; one set for all cameras.

    Attributes:
        learn_s: how long the empty place is watched at first.
        least_area: smallest thing, share of the region's pixels.
        least_area_px: and in working pixels.
        most_area: largest, share of the region.
        light_most: above it the ground's own pattern shows through, whatever the colour: only light.
        light_most_pale: likewise where the colour is as it was.
        pale: a change of colour up to which it counts as as it was, in units of relief.
        removed_most: above it what was an edge is none now: it went away.
        agreed_least: a thing's edges agree so far from look to look.
        last_least: and so far with the better of the two newest looks.
        sway_most: working pixels that its top may go to and fro.
        sway_of_shake: and this share of what the ground does, of a camera that shakes.
        stir_most: how many times more than the whole region it may stir.
        stir_of_shake: by which share of that more, for each pixel of shake.
        together_least: share of it that must have come within ten seconds.
        alone_least: and its share of all that came to the region within these ten seconds.
        fill_least: share of its box that it fills.
        sure_share: share of the dwell for which it must be called a thing without a break.
        sure_share_swayed: likewise where it swayed within the last dwell.
        foot_share: share of the lowest quarter of a thing that must stand on the zone.
        gone_share: a thing is gone when less than this of its core still differs from the background.
        upheaval: share of the region that changes at once when light or camera, not things, changed.
    """

    learn_s: float = 8.0
    least_area: float = 0.0025
    least_area_px: int = 90
    most_area: float = 0.6
    light_most: float = 0.8
    light_most_pale: float = 0.6
    pale: float = 10.0
    removed_most: float = -0.2
    agreed_least: float = 0.5
    last_least: float = 0.65
    sway_most: float = 0.34
    sway_of_shake: float = 0.3
    stir_most: float = 3.5
    stir_of_shake: float = 4.0
    together_least: float = 0.65
    alone_least: float = 0.6
    fill_least: float = 0.2
    sure_share: float = 0.1
    sure_share_swayed: float = 0.3
    foot_share: float = 0.4
    gone_share: float = 0.35
    upheaval: float = 0.7


def judge(evidence: Evidence, settings: LeftObjectSettings) -> Word:
    """The word for a part. Each limit was taken out and missed (docs/detection.md)."""
    light_most = settings.light_most_pale if evidence.colour < settings.pale else settings.light_most
    if evidence.light > light_most or evidence.removed > settings.removed_most:
        return Word.GHOST
    if evidence.agreed < settings.agreed_least or evidence.last < settings.last_least:
        return Word.RESTLESS
    sway_most = settings.sway_most + settings.sway_of_shake * max(0.0, evidence.shake - settings.sway_most)
    stir_most = settings.stir_most * (1.0 + settings.stir_of_shake * evidence.shake)
    if evidence.sway > sway_most or evidence.stir > stir_most:
        return Word.SWAYS
    if evidence.together < settings.together_least or evidence.alone < settings.alone_least:
        return Word.SCATTERED
    if evidence.fill < settings.fill_least:
        return Word.SCATTERED
    return Word.THING
