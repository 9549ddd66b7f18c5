"""The covers of one camera, look by look."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from detectors.cover.confidence import confidence
from detectors.cover.cues import Cues, measure
from detectors.cover.median import median
from detectors.cover.patch_features import PatchFeatures
from detectors.cover.reference import Reference, rejection_reason
from detectors.cover.registration import aligned, registered
from detectors.cover.settings import CoverSettings
from detectors.cover.verdict import is_crescent, is_gone, verdict_of
from detectors.cover.window import Grey, Window
from detectors.look import Look
from detectors.observations import Observation, Observations, Verdict, columns
from detectors.places import CoverPlace

_NO_CUES: Final = Cues(**dict.fromkeys(Cues.__slots__, 0.0))
_OPEN: Final = frozenset({Verdict.MISSING, Verdict.DISPLACED})
_CONTRADICTING: Final = frozenset({Verdict.CHANGED, Verdict.OBSTRUCTED, Verdict.DISPLACED})
"""Verdicts that follow if somebody stood on the cover while the reference was learned."""


@dataclass(slots=True)
class _WatchedCover:
    """One cover and the state of the detector for it. Times are seconds on the clock of the looks.

    Attributes:
        place: the outline of the cover.
        window: the part of the picture around the cover.
        looks: the last looks, registered.
        references: the references; the key says whether the light is infrared.
        learning: looks of which the next reference is made.
        proofs: looks that confirmed the newest reference; until there are enough, it may be dropped.
        failures: looks in a row that contradicted the newest reference.
        usual_ring: how well the ring usually matches the reference, a correlation.
        lit_shaft_since_s: since when the place looks like a shaft with a lit wall while the pavement around
            has changed too.
        rejection: why the last looks could not become a reference.
        infrared: the light of the last look.
        last_s: time of the last look.
        learning_since_s: time of the first look in `learning`.
        verdict: the last verdict.
        since_s: since when the verdict is the same.
    """

    place: CoverPlace
    window: Window
    looks: deque[Grey]
    references: dict[bool, Reference] = field(default_factory=dict)
    learning: list[Grey] = field(default_factory=list)
    proofs: int = 0
    failures: int = 0
    usual_ring: float = 1.0
    lit_shaft_since_s: float = 0.0
    rejection: str | None = None
    infrared: bool = False
    last_s: float = -np.inf
    learning_since_s: float = 0.0
    verdict: Verdict = Verdict.UNKNOWN
    since_s: float = 0.0


class CoverDetector:
    """Answers `ok`, `missing`, `displaced`, `obstructed`, `changed` or `unknown` for every marked cover.

    The judged picture is the median of the last looks; feet, wheels and passing shadows do not show in
    it. A place is `unknown` until its reference has been learned. A place that looks like an open shaft from
    the start stays `unknown`, with the reason in `rejections`, until it looks like a cover.
    """

    def __init__(
        self, places: Sequence[CoverPlace], frame_px: tuple[int, int], settings: CoverSettings | None = None
    ) -> None:
        self.settings = settings or CoverSettings()
        self._covers = [
            _WatchedCover(
                place, Window.around(place, frame_px, self.settings), deque(maxlen=self.settings.looks)
            )
            for place in places
        ]

    @property
    def wanted_gap_s(self) -> float:
        """The wanted gap between looks, seconds; a look that comes sooner is not analysed."""
        return self.settings.look_gap_s

    @property
    def rejections(self) -> Mapping[str, str]:
        """Cover → why its last looks could not become a reference."""
        return {cover.place.id: cover.rejection for cover in self._covers if cover.rejection is not None}

    def references(self) -> dict[str, dict[bool, Grey]]:
        """The learned pictures, to be kept over a restart: cover → whether infrared → picture."""
        return {
            cover.place.id: {light: known.features.grey for light, known in cover.references.items()}
            for cover in self._covers
        }

    def remember(self, references: Mapping[str, Mapping[bool, Grey]]) -> None:
        """Restore the pictures that an earlier run learned; a picture of another size is left out."""
        for cover in self._covers:
            for light, picture in references.get(cover.place.id, {}).items():
                if picture.shape == (cover.window.height, cover.window.width):
                    cover.references[light] = Reference.first(picture, cover.window, self.settings)
                    cover.proofs = self.settings.proven_looks

    def look(self, look: Look, shift_px: tuple[float, float] = (0.0, 0.0)) -> Observations:
        """Judge all covers.

        Args:
            look: the picture now.
            shift_px: how far everything has moved right and down since the outlines were drawn, in pixels.

        Returns:
            One row for each cover, with `Cues` as cues; no row for a cover whose last look was too recent.
        """
        rows = [row for cover in self._covers if (row := self._judge(cover, look, shift_px)) is not None]
        return columns(look.at_s, rows)

    def _judge(self, cover: _WatchedCover, look: Look, shift_px: tuple[float, float]) -> Observation | None:
        settings = self.settings
        gap_s = look.at_s - cover.last_s
        if gap_s < settings.look_gap_s:
            return None
        if look.infrared is not cover.infrared or gap_s > settings.forget_looks_s:
            cover.looks.clear()  # no median over day and night, or over a long gap
            cover.learning.clear()
            cover.infrared = look.infrared
        cover.last_s = look.at_s
        grey = cover.window.cut(look.image, shift_px)
        reference = cover.references.get(look.infrared)
        is_other_light = reference is None
        if reference is None:
            self._learn(cover, grey, look.at_s)
            reference = cover.references.get(not look.infrared)
        if reference is None:
            return self._row(cover, look.at_s, Verdict.UNKNOWN, 0.0, _NO_CUES)
        cover.looks.append(registered(grey, reference.template, cover.window, settings))
        if len(cover.looks) < settings.min_looks:
            return self._row(cover, look.at_s, Verdict.UNKNOWN, 0.0, _NO_CUES)
        now = PatchFeatures.of(median(cover.looks), cover.window)
        cues = measure(reference.features, now, cover.window, settings)
        verdict = verdict_of(cues, cover.window.cover_px, settings, textureless=reference.textureless)
        if is_other_light:
            return self._by_other_light(cover, look.at_s, verdict, cues)
        verdict = self._after_patience(cover, look.at_s, verdict, cues)
        if verdict is Verdict.OK:
            cover.references[look.infrared] = reference.adapted(now, cues, cover.window, settings)
        self._prove(cover, verdict, cues)
        sure = confidence(verdict, cues, settings.intact_match_at(cover.window.cover_px))
        return self._row(cover, look.at_s, verdict, sure, cues)

    def _after_patience(self, cover: _WatchedCover, at_s: float, verdict: Verdict, cues: Cues) -> Verdict:
        """The verdict; but `unknown` while an open shaft rests on a lit wall and is not old enough.

        A shaft with a lit wall is told at once if the pavement around looks as it did. If the pavement
        has changed too, somebody may only have halted there, or the cover was dragged aside; then the state
        must last for `ring_patience_s`.
        """
        settings = self.settings
        is_plain = is_gone(cues, settings) or is_crescent(cues, settings) or cues.rim >= settings.missing_rim
        has_changed = cues.ring_match < cover.usual_ring - settings.ring_fall_max
        if verdict not in _OPEN or is_plain or not has_changed:
            cover.lit_shaft_since_s = at_s
        elif at_s - cover.lit_shaft_since_s < settings.ring_patience_s:
            verdict = Verdict.UNKNOWN
        share = settings.ring_memory_ok if verdict is Verdict.OK else settings.ring_memory
        cover.usual_ring += share * (cues.ring_match - cover.usual_ring)
        return verdict

    def _by_other_light(self, cover: _WatchedCover, at_s: float, verdict: Verdict, cues: Cues) -> Observation:
        """Judge by the other light's reference while the present light has none of its own.

        Only `ok` and `missing` are accepted, and only if the pavement looks alike in both lights.
        """
        if cues.ring_match < self.settings.same_ring or verdict is Verdict.UNKNOWN:
            return self._row(cover, at_s, Verdict.UNKNOWN, 0.0, cues)
        if verdict is not Verdict.OK:
            cover.learning.clear()  # a fault must not become the reference
        if verdict not in {Verdict.OK, Verdict.MISSING}:
            return self._row(cover, at_s, Verdict.UNKNOWN, 0.0, cues)
        return self._row(cover, at_s, verdict, self.settings.other_light_confidence, cues)

    def _prove(self, cover: _WatchedCover, verdict: Verdict, cues: Cues) -> None:
        """Drop a new reference that the looks contradict: somebody stood there while it was learned."""
        if verdict is Verdict.OK:
            cover.proofs, cover.failures = cover.proofs + 1, 0
        elif verdict in _CONTRADICTING and cues.ring_match >= self.settings.same_ring:
            cover.failures += 1
        if cover.proofs < self.settings.proven_looks and cover.failures >= self.settings.failed_looks:
            del cover.references[cover.infrared]
            cover.looks.clear()
            cover.failures = 0

    def _learn(self, cover: _WatchedCover, grey: Grey, at_s: float) -> None:
        """Collect looks, and make a reference of them once they span `learn_s`."""
        settings = self.settings
        if not cover.learning:
            cover.learning_since_s = at_s
        cover.learning.append(grey)
        if at_s - cover.learning_since_s < settings.learn_s or len(cover.learning) < settings.min_looks:
            return
        cover.learning = aligned(cover.learning, cover.window, settings)
        cover.rejection = rejection_reason(
            cover.learning,
            cover.window,
            settings,
            known=cover.references.get(not cover.infrared),
            proven=cover.proofs >= settings.proven_looks,
        )
        if cover.rejection is None:
            first = Reference.first(median(cover.learning), cover.window, settings)
            cover.references[cover.infrared] = first
            cover.proofs, cover.failures, cover.usual_ring = 0, 0, 1.0
            cover.looks.extend(cover.learning[-(settings.looks - 1) :])
        cover.learning.clear()

    def _row(
        self, cover: _WatchedCover, at_s: float, verdict: Verdict, confidence: float, cues: Cues
    ) -> Observation:
        if verdict is not cover.verdict:
            cover.verdict, cover.since_s = verdict, at_s
        return Observation(
            place=cover.place.id,
            object_number=0,
            verdict=verdict,
            confidence=confidence,
            box_px=cover.window.box_px,
            since_s=cover.since_s,
            cues={name: float(getattr(cues, name)) for name in Cues.__slots__},
            lies_px=cover.window.dragged_box(cues.dragged_right, cues.dragged_down)
            if verdict is Verdict.DISPLACED
            else None,
        )
