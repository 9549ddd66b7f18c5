"""The incidents that a watch of one zone tells while looks pass."""

from __future__ import annotations

from collections.abc import Callable

from detectors.look import Image
from detectors.observations import Observation
from detectors.places import Zone
from detectors.watch import CameraWatch
from tests.detectors.street import look, moments, zone

Seen = list[tuple[str, float, Observation]]


def seen_in(picture: Callable[[float], Image], seconds: float, *zones: Zone, gap_s: float = 1.0) -> Seen:
    """Begun and ended incidents, each with the time of its report; the zone's dwell is 10 s unless given."""
    columns, rows = picture(0.0).shape[1::-1]
    watch = CameraWatch(covers=[], zones=zones or [zone()], frame_px=(columns, rows))
    seen: Seen = []
    for at_s in moments(0, seconds, gap_s):
        incidents = watch.look(look(picture(at_s), at_s)).incidents
        seen.extend((one.change.phase, at_s, one.change.observation) for one in incidents)
    return seen
