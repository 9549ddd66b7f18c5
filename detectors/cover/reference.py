"""How a place looks when all is well: learned, checked, adapted only while it is well."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from detectors.cover.cues import Cues
from detectors.cover.median import median
from detectors.cover.portrait import Portrait, clarity, match
from detectors.cover.registration import Relief, relief
from detectors.cover.verdict import CoverSettings
from detectors.cover.window import Grey, Window

_HALVES_AGREE: Final = 0.45
_PATTERN_LEAST: Final = 0.22
_CLEAR: Final = 0.015
_AS_CLEAR: Final = 0.5
_STEADY: Final = 0.08
_ADAPT: Final = 0.04
_ADAPT_MATCH: Final = 0.6
_ANCHOR_MATCH: Final = 0.35


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reference:
    """How a place looked.

    Attributes:
        portrait: the place, slowly adapted.
        relief: of it, to register by.
        anchor: the place as first learned; what is adapted must never drift away from it.
        plain: whether no pattern can be made out inside: only a hole, or another tone, can then be told.
    """

    portrait: Portrait
    relief: Relief
    anchor: Portrait
    plain: bool

    @classmethod
    def first(cls, picture: Grey, window: Window) -> Reference:
        """The first reference of a place."""
        portrait = Portrait.of(picture, window)
        strength = float(np.sqrt(portrait.strength[window.inside].mean()))
        return cls(
            portrait=portrait,
            relief=relief(picture, window),
            anchor=portrait,
            plain=strength < _PATTERN_LEAST,
        )

    def adapted(self, now: Portrait, measured: Cues, window: Window) -> Reference:
        """Follow slow change; the same reference unless the cover is plainly there."""
        if measured.inside_match < _ADAPT_MATCH or measured.ring_match < _ADAPT_MATCH:
            return self
        picture = np.asarray(cv2.addWeighted(self.portrait.grey, 1 - _ADAPT, now.grey, _ADAPT, 0.0), np.uint8)
        if np.array_equal(picture, self.portrait.grey):
            return self
        portrait = Portrait.of(picture, window)
        if match(self.anchor, portrait, window.inside_weights) < _ANCHOR_MATCH:
            return self
        return replace(self, portrait=portrait, relief=relief(picture, window))


def doubt(
    stack: list[Grey], window: Window, settings: CoverSettings, *, known: Reference | None
) -> str | None:
    """Why these looks, in the order of time, cannot become a reference; None when they can.

    `known` is the reference of the other light, if there is one.
    """
    return _hidden(Portrait.of(median(stack), window), settings, known) or _unsteady(stack, window)


def _hidden(whole: Portrait, settings: CoverSettings, known: Reference | None) -> str | None:
    if whole.saturated > settings.saturated_most:
        return "glare or darkness hides the place"
    if whole.darkness < settings.open_reference_darkness:
        return "the place is as dark as an open shaft"
    if known is not None and clarity(whole, known.portrait) < _AS_CLEAR:
        return "less can be made out around the place than by the other light"
    if whole.spreads[1] < _CLEAR:
        return "nothing can be made out around the place"
    return None


def _unsteady(stack: list[Grey], window: Window) -> str | None:
    early, late = (
        Portrait.of(median(part), window) for part in (stack[: len(stack) // 2], stack[len(stack) // 2 :])
    )
    if match(early, late, window.inside_weights) >= _HALVES_AGREE:
        return None
    change = early.tones - late.tones
    if float(np.abs(change[window.inside] - np.median(change[window.ring])).mean()) > _STEADY:
        return "the place does not hold still"
    return None
