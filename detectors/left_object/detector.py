"""The zones of one camera: looks go in, a row for each zone and each thing in it comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Final

import numpy as np

from detectors.left_object.evidence import Evidence
from detectors.left_object.layers import Layers
from detectors.left_object.place import Place
from detectors.left_object.things import Thing, Things
from detectors.left_object.verdict import LeftObjectSettings
from detectors.look import Image, Look
from detectors.observations import Observation, Observations, Verdict, columns
from detectors.places import Zone

_NOTHING: Final = Evidence(**dict.fromkeys(Evidence.__slots__, 0.0))


class LeftObjectDetector:
    """Answers a row for each thing that has stood still in a zone for its dwell, and one when it has gone.

    A row with `thing` 0 stands for the zone: `ok` when it is clear, `unknown` while it is learned.
    """

    def __init__(
        self, zones: Sequence[Zone], frame_px: tuple[int, int], settings: LeftObjectSettings | None = None
    ) -> None:
        self.settings = settings or LeftObjectSettings()
        numbers = count(1)
        self._zones = [Things(Place.of(zone, frame_px, self.settings), numbers) for zone in zones]

    @property
    def looks_worked_on(self) -> int:
        """How many looks at a zone passed the gate; the rest showed nothing new."""
        return sum(things.place.worked_on for things in self._zones)

    @property
    def wanted_gap_s(self) -> float:
        """How far apart looks should be: at most a quarter of the shortest dwell, better a twelfth."""
        shortest = min((things.place.zone.dwell_s for things in self._zones), default=24.0)
        return float(np.clip(shortest / 12, 0.5, 2.0))

    def backgrounds(self) -> dict[str, dict[bool, Image]]:
        """The empty zones as they are known now, zone → infrared or not → picture, to keep over a restart."""
        known = {things.place.zone.id: things.place.background for things in self._zones}
        return {zone: pictures for zone, pictures in known.items() if pictures}

    def remember(self, backgrounds: Mapping[str, Mapping[bool, Image]]) -> None:
        """Take up what an earlier run knew a short while ago, so that what stands there now is not learned.

        A picture of another size is left out. Backgrounds from another hour's light do more harm than good.
        """
        for things in self._zones:
            for infrared, picture in backgrounds.get(things.place.zone.id, {}).items():
                things.place.remember(infrared, picture)

    def look(self, look: Look, shift_px: tuple[float, float] = (0.0, 0.0)) -> Observations:
        """Judge all zones of a picture in which everything has moved by `shift_px`.

        Returns:
            One row for each zone and one for each thing in it, with `Evidence` as cues.
        """
        rows: list[Observation] = []
        for things in self._zones:
            rows.extend(_judged(things, look, shift_px))
        return columns(look.at_s, rows)


def _judged(things: Things, look: Look, shift_px: tuple[float, float]) -> list[Observation]:
    layers = things.place.see(look, shift_px)
    if layers is None:  # what lies there stays, what is new waits
        return [_zone_row(things.place, look.at_s, Verdict.UNKNOWN)]
    things.follow(layers, look.at_s)
    rows = [_zone_row(things.place, look.at_s, Verdict.OCCUPIED if things.all else Verdict.OK)]
    rows.extend(_thing_row(things.place, thing, layers) for thing in things.all)
    things.forget_gone(look.at_s)
    return rows


def _thing_row(place: Place, thing: Thing, layers: Layers) -> Observation:
    if thing.layers is not layers:
        verdict, confidence = Verdict.UNKNOWN, 0.0
    elif thing.gone_since_s is None:
        verdict, confidence = Verdict.OCCUPIED, _confidence(thing.evidence)
    else:
        verdict, confidence = Verdict.OK, 0.9
    return Observation(
        place=place.zone.id,
        thing=thing.number,
        verdict=verdict,
        confidence=confidence,
        box_px=place.in_picture(thing.box),
        since_s=layers.clock_s(thing.arrived) if thing.gone_since_s is None else thing.gone_since_s,
        cues=_cues(thing.evidence),
    )


def _zone_row(place: Place, at_s: float, verdict: Verdict) -> Observation:
    rows, columns_ = place.ground.shape
    return Observation(
        place=place.zone.id,
        thing=0,
        verdict=verdict,
        confidence=0.0 if verdict is Verdict.UNKNOWN else 0.9,
        box_px=place.in_picture((0, 0, columns_, rows)),
        since_s=at_s,
        cues=_cues(_NOTHING),
    )


def _confidence(evidence: Evidence) -> float:
    against = 0.5 * max(0.0, evidence.light) + 0.5 * evidence.sway + 0.5 * (1.0 - evidence.agreed)
    return float(np.clip(1.0 - against, 0.3, 0.95))


def _cues(evidence: Evidence) -> dict[str, float]:
    return {name: float(getattr(evidence, name)) for name in Evidence.__slots__}
