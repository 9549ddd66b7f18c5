"""How a place looks when all is well: learned, checked, adapted only while it is well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.cover import cues
from detectors.cover.cues import Gradient
from detectors.cover.median import median
from detectors.cover.verdict import CoverSettings
from detectors.cover.window import Grey, Window

_HALVES_AGREE: Final = 0.45
_PATTERN_LEAST: Final = 0.22
_CLEAR: Final = 0.015
_STEADY: Final = 0.08
_ADAPT: Final = 0.04
_ADAPT_MATCH: Final = 0.6
_ANCHOR_MATCH: Final = 0.35


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reference:
    """A picture of the place, (height, width) of its window, and its gradient.

    Attributes:
        anchor: the gradient as first learned; the adapted picture must never drift away from it.
        plain: whether no pattern can be made out inside: only a hole, or another tone, can then be told.
    """

    picture: Grey
    gradient: Gradient
    anchor: Gradient
    plain: bool

    @classmethod
    def first(cls, picture: Grey, window: Window) -> Reference:
        """The first reference of a place."""
        change = cues.gradient(picture)
        strength = float(np.sqrt((change[:, window.inside] ** 2).sum(axis=0).mean()))
        return cls(picture=picture, gradient=change, anchor=change, plain=strength < _PATTERN_LEAST)

    def adapted(self, now: Grey, measured: cues.Cues, window: Window) -> Reference:
        """Follow slow change; the same reference unless the cover is plainly there."""
        if measured.inside_match < _ADAPT_MATCH or measured.ring_match < _ADAPT_MATCH:
            return self
        picture = np.round(self.picture * (1 - _ADAPT) + now * _ADAPT).astype(np.uint8)
        change = cues.gradient(picture)
        if cues.match(self.anchor, change, window.inside) < _ANCHOR_MATCH:
            return self
        return Reference(picture=picture, gradient=change, anchor=self.anchor, plain=self.plain)


def doubt(stack: list[Grey], window: Window, settings: CoverSettings) -> str | None:
    """Why these looks, in the order of time, cannot become a reference; None when they can."""
    early, late = stack[: len(stack) // 2], stack[len(stack) // 2 :]
    one, other, whole = median(early), median(late), median(stack)
    if cues.saturated(whole, window) > settings.saturated_most:
        return "glare or darkness hides the place"
    if cues.darkness(whole, window) < settings.open_reference_darkness:
        return "the place is as dark as an open shaft"
    if float(cues.tones(whole)[window.ring].std()) < _CLEAR:
        return "nothing can be made out around the place"
    if cues.match(cues.gradient(one), cues.gradient(other), window.inside) >= _HALVES_AGREE:
        return None
    change = cues.tones(one) - cues.tones(other)
    if float(np.abs(change[window.inside] - np.median(change[window.ring])).mean()) > _STEADY:
        return "the place does not hold still"
    return None
