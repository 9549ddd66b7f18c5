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
from detectors.cover.portrait import Portrait
from detectors.cover.reference import Reference, doubt
from detectors.cover.registration import aligned, registered
from detectors.cover.verdict import CoverSettings, judge
from detectors.cover.window import Grey, Window
from detectors.look import Look
from detectors.observations import Observation, Observations, Verdict, columns
from detectors.places import CoverPlace

_NOTHING: Final = Cues(**dict.fromkeys(Cues.__slots__, 0.0))
_LEAST_LOOKS: Final = 5
_PROVEN_LOOKS: Final = 15
_FAILED_LOOKS: Final = 10
_FAILED: Final = frozenset({Verdict.CHANGED, Verdict.OBSTRUCTED, Verdict.DISPLACED})
_ALIKE_RING: Final = 0.6
_BORROWED_CONFIDENCE: Final = 0.6
_RING_MEMORY_OK: Final = 0.15
_RING_MEMORY: Final = 0.02


@dataclass(slots=True)
class _Watched:
    """One cover: its window, its references by kind of light, and the last looks at it."""

    place: CoverPlace
    window: Window
    looks: deque[Grey]
    references: dict[bool, Reference] = field(default_factory=dict)  # by: is it infrared
    learning: list[Grey] = field(default_factory=list)
    proofs: int = 0  # looks that found the newest reference right; it is on probation until there are enough
    failures: int = 0
    usual_ring: float = 1.0
    fallen_since_s: float = 0.0
    doubt: str | None = None
    infrared: bool = False
    last_s: float = -np.inf
    learning_since_s: float = 0.0
    verdict: Verdict = Verdict.UNKNOWN
    since_s: float = 0.0


class CoverDetector:
    """Answers `ok`, `missing`, `displaced`, `obstructed`, `changed` or `unknown` for every marked cover.

    Each answer rests on the median of the last looks, so that feet, wheels and passing shadows fall out.
    A place is `unknown` until its reference has been learned; one that looks like an open shaft from the
    start stays so, with the reason in `doubts`, until somebody has looked or a sane picture appears.
    """

    def __init__(
        self, places: Sequence[CoverPlace], frame_px: tuple[int, int], settings: CoverSettings | None = None
    ) -> None:
        self.settings = settings or CoverSettings()
        self._covers = [
            _Watched(place, Window.around(place, frame_px), deque(maxlen=self.settings.looks))
            for place in places
        ]

    @property
    def wanted_gap_s(self) -> float:
        """How far apart looks should be; closer ones cost nothing and add nothing."""
        return self.settings.look_gap_s

    @property
    def doubts(self) -> Mapping[str, str]:
        """Cover → why its reference is not believed."""
        return {cover.place.id: cover.doubt for cover in self._covers if cover.doubt is not None}

    def references(self) -> dict[str, dict[bool, Grey]]:
        """What was learned, cover → infrared or not → picture, for a box to keep over a restart."""
        return {
            cover.place.id: {light: known.portrait.grey for light, known in cover.references.items()}
            for cover in self._covers
        }

    def remember(self, references: Mapping[str, Mapping[bool, Grey]]) -> None:
        """Take up what an earlier run learned; a picture of another size is left out."""
        for cover in self._covers:
            for light, picture in references.get(cover.place.id, {}).items():
                if picture.shape == (cover.window.height, cover.window.width):
                    cover.references[light] = Reference.first(picture, cover.window)
                    cover.proofs = _PROVEN_LOOKS

    def look(self, look: Look, shift_px: tuple[float, float] = (0.0, 0.0)) -> Observations:
        """Judge all covers.

        Args:
            look: the picture now.
            shift_px: by how much the camera has been turned since the outlines were drawn, in pixels.

        Returns:
            One row for each cover, with `Cues` as cues; no rows when the last look was too short a time ago.
        """
        rows = [row for cover in self._covers if (row := self._judge(cover, look, shift_px)) is not None]
        return columns(look.at_s, rows)

    def _judge(self, cover: _Watched, look: Look, shift_px: tuple[float, float]) -> Observation | None:
        if look.at_s - cover.last_s < self.settings.look_gap_s:
            return None
        if look.infrared is not cover.infrared or look.at_s - cover.last_s > 60.0:
            cover.looks.clear()  # never a median over day and night, or over a long gap
            cover.learning.clear()
            cover.infrared = look.infrared
        cover.last_s = look.at_s
        grey = cover.window.cut(look.image, shift_px)
        reference = cover.references.get(look.infrared)
        borrowed = reference is None
        if reference is None:
            self._learn(cover, grey, look.at_s)
            reference = cover.references.get(not look.infrared)
        if reference is None:
            return self._row(cover, look.at_s, Verdict.UNKNOWN, 0.0, _NOTHING)
        cover.looks.append(registered(grey, reference.relief, cover.window))
        if len(cover.looks) < _LEAST_LOOKS:
            return self._row(cover, look.at_s, Verdict.UNKNOWN, 0.0, _NOTHING)
        now = Portrait.of(median(cover.looks), cover.window)
        measured = measure(reference.portrait, now, cover.window)
        verdict = judge(measured, cover.window.cover_px, self.settings, plain=reference.plain)
        if borrowed:
            return self._by_other_light(cover, look.at_s, verdict, measured)
        fallen = (
            measured.rim < self.settings.missing_rim
            and measured.ring_match < cover.usual_ring - self.settings.ring_fall_most
        )
        if verdict is not Verdict.MISSING or not fallen:
            cover.fallen_since_s = look.at_s
        elif look.at_s - cover.fallen_since_s < self.settings.ring_patience_s:
            # A shaft leaves the pavement as it was; who halts there does not, nor does a cover dragged aside.
            verdict = Verdict.UNKNOWN
        follow = _RING_MEMORY_OK if verdict is Verdict.OK else _RING_MEMORY
        cover.usual_ring += follow * (measured.ring_match - cover.usual_ring)
        if verdict is Verdict.OK:
            cover.references[look.infrared] = reference.adapted(now, measured, cover.window)
        self._prove(cover, verdict, measured)
        sure = confidence(verdict, measured, self.settings.intact_match_at(cover.window.cover_px))
        return self._row(cover, look.at_s, verdict, sure, measured)

    def _by_other_light(self, cover: _Watched, at_s: float, verdict: Verdict, measured: Cues) -> Observation:
        """While a light has no reference of its own, the other's tells a hole if the pavement looks alike."""
        if measured.ring_match < _ALIKE_RING or verdict is Verdict.UNKNOWN:
            return self._row(cover, at_s, Verdict.UNKNOWN, 0.0, measured)
        if verdict is not Verdict.OK:
            cover.learning.clear()  # what is not well must not become the norm
        if verdict not in {Verdict.OK, Verdict.MISSING}:
            return self._row(cover, at_s, Verdict.UNKNOWN, 0.0, measured)
        return self._row(cover, at_s, verdict, _BORROWED_CONFIDENCE, measured)

    def _prove(self, cover: _Watched, verdict: Verdict, measured: Cues) -> None:
        """Give up a young reference that nothing has matched: somebody stood there while it was learned."""
        if verdict is Verdict.OK:
            cover.proofs, cover.failures = cover.proofs + 1, 0
        elif verdict in _FAILED and measured.ring_match >= _ALIKE_RING:
            cover.failures += 1
        if cover.proofs < _PROVEN_LOOKS and cover.failures >= _FAILED_LOOKS:
            del cover.references[cover.infrared]
            cover.looks.clear()
            cover.failures = 0

    def _learn(self, cover: _Watched, grey: Grey, at_s: float) -> None:
        if not cover.learning:
            cover.learning_since_s = at_s
        cover.learning.append(grey)
        if at_s - cover.learning_since_s < self.settings.learn_s or len(cover.learning) < _LEAST_LOOKS:
            return
        cover.learning = aligned(cover.learning, cover.window)
        # One that is young itself may have had somebody in it: no measure for another.
        known = cover.references.get(not cover.infrared) if cover.proofs >= _PROVEN_LOOKS else None
        cover.doubt = doubt(cover.learning, cover.window, self.settings, known=known)
        if cover.doubt is None:
            cover.references[cover.infrared] = Reference.first(median(cover.learning), cover.window)
            cover.proofs, cover.failures, cover.usual_ring = 0, 0, 1.0
            cover.looks.extend(cover.learning[-(self.settings.looks - 1) :])
        cover.learning.clear()

    def _row(
        self, cover: _Watched, at_s: float, verdict: Verdict, confidence: float, measured: Cues
    ) -> Observation:
        if verdict is not cover.verdict:
            cover.verdict, cover.since_s = verdict, at_s
        return Observation(
            place=cover.place.id,
            thing=0,
            verdict=verdict,
            confidence=confidence,
            box_px=cover.window.box_px,
            since_s=cover.since_s,
            cues={name: float(getattr(measured, name)) for name in Cues.__slots__},
        )
