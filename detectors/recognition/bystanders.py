"""Asked of a cover that looks wrong: does somebody stand on it, or something in front of it?"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from detectors.ground import Box
from detectors.look import Look
from detectors.observations import Observations, Verdict
from detectors.recognition.admission import Recogniser, Word
from detectors.recognition.sightings import ANIMALS, PERSON, VEHICLES, Sighting, area, common_area

_WHO: Final = frozenset({PERSON, "bicycle"}) | VEHICLES | ANIMALS
_COVERED: Final = 0.5
"""Least share of the cover's box that somebody hides."""
_LEAST: Final = 0.5
_PAUSE_S: Final = 20.0
"""Between two questions about a cover that stays `changed`: its median over nine looks spans 18 s."""
_TALLER: Final = 2.6
"""A person is this many times as high as a cover is wide."""


class Bystanders:
    """Turns `changed` into `obstructed` while somebody stands on a cover, and holds back alarms meanwhile.

    That nobody is seen is no reason for any other verdict.

    Args:
        recogniser: sees who stands there; None: nobody is asked.
    """

    def __init__(self, recogniser: Recogniser | None) -> None:
        self._recogniser = recogniser
        self._until_s: dict[str, float] = {}
        self._seen: dict[str, Word | None] = {}

    def on(self, place: str, box_px: Box, look: Look) -> Word | None:
        """Who or what stands on a cover now; None for nobody, or if nobody can be asked."""
        if self._recogniser is None:
            return None
        seen = self._recogniser.around(look.image, standing_box(box_px))
        word = hidden_by(seen or [], box_px)
        self._until_s[place], self._seen[place] = look.at_s + _PAUSE_S, word
        return word

    def applied(self, covers: Observations, look: Look) -> Observations:
        """The rows of the covers; `changed` is `obstructed` if somebody stands there."""
        if self._recogniser is None or not (covers.verdict == Verdict.CHANGED).any():
            return covers
        hidden = set()
        for row in covers.rows():
            if row.verdict is not Verdict.CHANGED:
                continue
            known = look.at_s < self._until_s.get(row.place, -np.inf)
            if (self._seen[row.place] if known else self.on(row.place, row.box_px, look)) is not None:
                hidden.add(row.place)
        return self.obstructed(covers, hidden)

    @staticmethod
    def obstructed(covers: Observations, places: set[str]) -> Observations:
        """The rows with the verdict `obstructed` for these covers."""
        if not places:
            return covers
        verdict = covers.verdict.copy()
        verdict[[place in places for place in covers.place]] = Verdict.OBSTRUCTED
        return replace(covers, verdict=verdict)


def standing_box(box_px: Box) -> Box:
    """The box in which a person on a cover would stand."""
    left, top, right, bottom = box_px
    return left, min(top, bottom - _TALLER * (right - left)), right, bottom


def hidden_by(sightings: list[Sighting], box_px: Box) -> Word | None:
    """The surest sighting that hides at least half of the cover in the box."""
    hiding = [
        each
        for each in sightings
        if each.name in _WHO
        and each.score >= _LEAST
        and common_area(each.box_px, box_px) >= _COVERED * max(area(box_px), 1.0)
    ]
    best = max(hiding, key=lambda each: each.score, default=None)
    return Word(name=best.name, score=best.score) if best is not None else None
