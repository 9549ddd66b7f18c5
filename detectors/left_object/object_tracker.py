"""Follows the objects in one zone from their arrival to their removal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from detectors.left_object.background_model import BackgroundModel, Mask
from detectors.left_object.blobs import (
    Blob,
    HalfBox,
    find_blobs,
    merged,
    strong_core,
    union_of,
)
from detectors.left_object.classification import Classification, classify
from detectors.left_object.doubts import Doubts
from detectors.left_object.evidence import Evidence, evidence_of, shows_ground
from detectors.left_object.settings import LeftObjectSettings
from detectors.left_object.stay import Stay, Stays
from detectors.left_object.zone_crop import ZoneCrop
from detectors.places import Purpose, Zone

_KERNEL: Final = np.ones((3, 3), np.uint8)
_MARGIN_PX: Final = 3
"""So wide, at half the working size, the margin of a known object is that belongs to it."""
_WITH_SOMEBODY: Final = frozenset({Classification.SWAYING, Classification.STIRRED, Classification.RESTLESS})
"""A heap of these classes is judged part by part, too: a vendor may stand among the pieces."""


@dataclass(slots=True, eq=False)
class TrackedObject:
    """An object that was left.

    Attributes:
        number: number of the object, unique within the camera.
        core: pixels of the object when it was confirmed, at half the working size.
        box: bounding box; grows with the object.
        first_box: the box when it was confirmed. Growth is looked for around this one. Around a box that
            grows, one thing after the other would be growth, across the whole zone.
        arrived: time of arrival, seconds on the model's clock.
        evidence: the evidence for its classification.
        model: the background model in which it was found: the one by day or the one in infrared.
        gone_since_s: since when the object has been gone, on the caller's clock; None while it is there.
    """

    number: int
    core: Mask
    box: HalfBox
    first_box: HalfBox
    arrived: float
    evidence: Evidence
    model: BackgroundModel
    gone_since_s: float | None = None

    @property
    def since_s(self) -> float:
        """When the present state began, seconds on the caller's clock: arrival or removal of the object."""
        return self.model.clock_s(self.arrived) if self.gone_since_s is None else self.gone_since_s


class ObjectTracker:
    """Follows what stands in one zone.

    Attributes:
        objects: the known objects, the newest last.
    """

    def __init__(
        self, zone: Zone, crop: ZoneCrop, settings: LeftObjectSettings, numbers: Iterator[int]
    ) -> None:
        """Prepare for a zone; `numbers` gives each object its number."""
        self.objects: list[TrackedObject] = []
        self._zone = zone
        self._crop = crop
        self._settings = settings
        self._numbers = numbers
        self._stays = Stays(zone.dwell_s, settings)

    def update(self, model: BackgroundModel, at_s: float) -> None:
        """Take in what the background model shows after a look."""
        settings, dwell_s = self._settings, self._zone.dwell_s
        for known in self.objects:
            if known.model is model:
                self._update_presence(known, model, at_s)
        self._stays.forget(at_s)
        aged = model.foreground_for(at_s, dwell_s)
        if not aged.any():
            return
        size = self._crop.half_ground.size
        min_area = settings.least_blob_px(size)
        gap_s = max(settings.split_s, dwell_s / settings.split_divisor)
        others: list[Blob] = []
        for blob in find_blobs(aged, model.arrived, min_area, gap_s, settings):
            known_object = self._object_of(blob, model)
            if known_object is None:
                others.append(blob)
            elif known_object.gone_since_s is None:
                known_object.box = union_of(known_object.box, blob.box)
        for heap, parts in self._heaps(others, model, gap_s):
            found = self._judge(heap, model, at_s)
            if len(parts) > 1 and (found is None or found in _WITH_SOMEBODY):
                for part in parts:
                    self._judge(part, model, at_s)

    def _judge(self, found: Blob, model: BackgroundModel, at_s: float) -> Classification | None:
        """Classify a blob that belongs to no object; None of one that cannot be an object of this zone."""
        blob = found
        if self._zone.purpose is Purpose.VEHICLE:
            blob = strong_core(found, model.change, model.arrived, self._settings)
        if blob.area > self._settings.max_area * self._crop.half_ground.size:
            return None
        return self._consider(blob, model, at_s)

    def _heaps(
        self, blobs: list[Blob], model: BackgroundModel, gap_s: float
    ) -> list[tuple[Blob, list[Blob]]]:
        """Join the blobs that make up one heap; each heap with its parts.

        Ground of which only the light changed is no part of it.
        """
        if len(blobs) < 2:
            return [(one, [one]) for one in blobs]
        lit = [one for one in blobs if shows_ground(one, model)]
        parts = [one for one in blobs if one not in lit]
        heaps = [(one, [one]) for one in lit]
        heaps.extend(
            (heap, [one for one in parts if (one.mask & heap.mask).any()])
            for heap in merged(parts, gap_s, self._settings)
        )
        return heaps

    def drop_gone(self, at_s: float) -> None:
        """Drop the objects that have been reported as gone for long enough."""
        for known in list(self.objects):
            if known.gone_since_s is None or at_s - known.gone_since_s < self._settings.gone_kept_s:
                continue
            self.objects.remove(known)
            left = known.core & known.model.foreground
            if left.any():  # the ground under the object differs now, for example after snow around it
                known.model.absorb(left)

    def _update_presence(self, known: TrackedObject, model: BackgroundModel, at_s: float) -> None:
        if model.foreground_share(known.core) >= self._settings.gone_share:
            known.gone_since_s = None
        elif known.gone_since_s is None:
            cleared_s = model.cleared_at_s(known.core)
            known.gone_since_s = at_s if cleared_s is None else cleared_s

    def _object_of(self, blob: Blob, model: BackgroundModel) -> TrackedObject | None:
        """The object that a blob belongs to: as a part of it, or as its growth.

        Growth is a blob beside an object that came soon after it: a canopy that opens, a bag that topples.
        """
        settings = self._settings
        reach = np.asarray(cv2.dilate(blob.mask.astype(np.uint8), _KERNEL, iterations=2) > 0)
        soon_s = max(settings.growth_s, settings.growth_dwells * self._zone.dwell_s)
        for known in self.objects:
            if known.model is not model:
                continue
            smaller = min(blob.area, int(known.core.sum()))
            is_part = float((known.core & blob.mask).sum()) > settings.part_overlap * smaller
            touches = bool((known.core & reach).any())
            if is_part or (touches and abs(blob.arrived - known.arrived) <= soon_s):
                return known
        return None

    def _consider(self, blob: Blob, model: BackgroundModel, at_s: float) -> Classification | None:
        """Classify a blob; after enough looks as `OBJECT` it becomes an object. None if it is not judged."""
        if not self._stands_on_zone(blob) or not self._zone.counts(self._crop.full_box(blob.box)):
            return None
        stay = self._stays.of(blob, at_s)
        evidence = evidence_of(blob, model, self._known_area(model))
        found = classify(evidence, self._settings)
        resembles_ground = evidence.light > self._settings.light_learned
        if model.arrived_while_learning(blob.arrived, resembles_ground=resembles_ground):
            found = Classification.GHOST
        stay.add(found, at_s)
        if found is Classification.OBJECT and stay.object_s >= self._needed_s(stay, model, evidence):
            self.objects.append(
                TrackedObject(
                    number=next(self._numbers),
                    core=blob.mask,
                    box=blob.box,
                    first_box=blob.box,
                    arrived=blob.arrived,
                    evidence=evidence,
                    model=model,
                )
            )
            self._stays.end(stay)
        elif found is Classification.GHOST and stay.ghost_s >= max(
            self._zone.dwell_s, self._settings.ghost_s
        ):
            model.absorb(blob.mask)
            self._stays.end(stay)
        return found

    def _known_area(self, model: BackgroundModel) -> Mask:
        """Where known objects stand, with a margin."""
        area = np.zeros(model.foreground.shape, np.uint8)
        for known in self.objects:
            if known.model is model:
                area |= known.core.astype(np.uint8)
        return np.asarray(cv2.dilate(area, _KERNEL, iterations=_MARGIN_PX) > 0)

    def _needed_s(self, stay: Stay, model: BackgroundModel, evidence: Evidence) -> float:
        """How long a blob must be classified as an object without a break, seconds."""
        doubts = Doubts(
            blurred=stay.stirred or not model.colour_reliable,
            near_swaying=self._stays.has_swayed(stay.blob),
            swayed_s=stay.swayed_s,
            cut_share=stay.blob.area / self._crop.half_ground.size,
            alone=evidence.alone,
            light=evidence.light,
        )
        return doubts.needed_s(self._zone.dwell_s, self._zone.purpose, self._settings)

    def _stands_on_zone(self, blob: Blob) -> bool:
        _, top, _, bottom = blob.box
        foot = blob.mask.copy()
        foot[: bottom - max(1, (bottom - top) // 4)] = False
        if not foot.any():
            return False
        return float(self._crop.half_ground[foot].mean()) >= self._settings.foot_share
