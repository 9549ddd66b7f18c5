"""The zones of one camera: each look gives a row for every zone and for every object in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

import numpy as np

from detectors.left_object.background_model import BackgroundModel
from detectors.left_object.evidence import Evidence
from detectors.left_object.object_tracker import ObjectTracker, TrackedObject
from detectors.left_object.settings import LeftObjectSettings
from detectors.left_object.zone_crop import ZoneCrop
from detectors.left_object.zone_model import ZoneModel
from detectors.look import Image, Look
from detectors.observations import Observation, Observations, Verdict, columns
from detectors.places import Zone

_NO_EVIDENCE: Final = Evidence(**dict.fromkeys(Evidence.__slots__, 0.0))
_LOOKS_A_DWELL: Final = 12
_GAP_S: Final = (0.5, 2.0)
_WITHOUT_ZONES_S: Final = 24.0


@dataclass(frozen=True, slots=True, eq=False)
class _WatchedZone:
    zone: Zone
    crop: ZoneCrop
    model: ZoneModel
    tracker: ObjectTracker


class LeftObjectDetector:
    """Reports objects that have stood still in a zone for its dwell, and their removal.

    Each object has rows with its own `object_number`: `occupied` while it is there, `ok` when it has gone.
    A row with `object_number` 0 stands for the zone: `ok` when it is clear, `unknown` while it is learned.
    """

    def __init__(
        self, zones: Sequence[Zone], frame_px: tuple[int, int], settings: LeftObjectSettings | None = None
    ) -> None:
        self.settings = settings or LeftObjectSettings()
        numbers = count(1)
        self._zones = []
        for zone in zones:
            crop = ZoneCrop.around(zone, frame_px, self.settings)
            model = ZoneModel.of(crop, zone.dwell_s, self.settings)
            tracker = ObjectTracker(zone, crop, self.settings, numbers)
            self._zones.append(_WatchedZone(zone, crop, model, tracker))

    @property
    def looks_processed(self) -> int:
        """How many looks passed the gate, counted for each zone; the others showed nothing new."""
        return sum(one.model.looks_processed for one in self._zones)

    @property
    def wanted_gap_s(self) -> float:
        """The wanted gap between looks, seconds: a twelfth of the shortest dwell, within limits."""
        shortest = min((one.zone.dwell_s for one in self._zones), default=_WITHOUT_ZONES_S)
        return float(np.clip(shortest / _LOOKS_A_DWELL, *_GAP_S))

    def backgrounds(self) -> dict[str, dict[bool, Image]]:
        """The pictures of the empty zones, to keep over a restart: zone → whether infrared → picture."""
        known = {one.zone.id: one.model.empty_zone for one in self._zones}
        return {zone: pictures for zone, pictures in known.items() if pictures}

    def remember(self, backgrounds: Mapping[str, Mapping[bool, Image]]) -> None:
        """Restore the empty zones of an earlier run, so that an object that stands there now is not learned.

        A picture of another size is left out. A background from another time of day does more harm than good:
        give none that is older than half an hour.
        """
        for one in self._zones:
            for infrared, picture in backgrounds.get(one.zone.id, {}).items():
                one.model.remember(infrared, picture)

    def look(self, look: Look, shift_px: tuple[float, float] = (0.0, 0.0)) -> Observations:
        """Judge all zones of a picture in which everything has moved by about `shift_px`.

        Returns:
            One row for each zone and one for each object in it, with `Evidence` as cues.
        """
        rows: list[Observation] = []
        for zone in self._zones:
            rows.extend(self._judge(zone, look, shift_px))
        return columns(look.at_s, rows)

    def _judge(self, zone: _WatchedZone, look: Look, shift_px: tuple[float, float]) -> list[Observation]:
        model = zone.model.update(look, shift_px)
        if model is None:  # known objects are kept, new ones wait
            return [self._zone_row(zone, look.at_s, Verdict.UNKNOWN)]
        tracker = zone.tracker
        tracker.update(model, look.at_s)
        rows = [self._zone_row(zone, look.at_s, Verdict.OCCUPIED if tracker.objects else Verdict.OK)]
        rows.extend(self._object_row(zone, known, model) for known in tracker.objects)
        tracker.drop_gone(look.at_s)
        return rows

    def _object_row(self, zone: _WatchedZone, known: TrackedObject, model: BackgroundModel) -> Observation:
        if known.model is not model:  # found in the other light, and only in that light can it be judged
            verdict, confidence = Verdict.UNKNOWN, 0.0
        elif known.gone_since_s is None:
            verdict, confidence = Verdict.OCCUPIED, self._confidence(known.evidence)
        else:
            verdict, confidence = Verdict.OK, self.settings.confidence_clear
        return Observation(
            place=zone.zone.id,
            object_number=known.number,
            verdict=verdict,
            confidence=confidence,
            box_px=zone.crop.full_box(known.box),
            since_s=known.since_s,
            cues=_cues(known.evidence),
        )

    def _zone_row(self, zone: _WatchedZone, at_s: float, verdict: Verdict) -> Observation:
        return Observation(
            place=zone.zone.id,
            object_number=0,
            verdict=verdict,
            confidence=0.0 if verdict is Verdict.UNKNOWN else self.settings.confidence_clear,
            box_px=zone.crop.box_px,
            since_s=at_s,
            cues=_cues(_NO_EVIDENCE),
        )

    def _confidence(self, evidence: Evidence) -> float:
        weight = self.settings.confidence_against
        against = (
            weight * max(0.0, evidence.light) + weight * evidence.sway + weight * (1.0 - evidence.agreed)
        )
        return float(np.clip(1.0 - against, *self.settings.confidence_range))


def _cues(evidence: Evidence) -> dict[str, float]:
    return {name: float(getattr(evidence, name)) for name in Evidence.__slots__}
