"""Trips and stops in a track.

Each step from one fix to the next is standing or moving. It is standing if its first fix is slow (by the
device's speed, or by distance and time where the device gives none, or with the ignition off) or if it is
longer than the silence threshold, and both fixes are near each other. Movement that is too short is jitter
within a stop; standing that is too short is part of a trip.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geo.track import Floats, Track


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyThresholds:
    """What separates standing from moving, and stops from trips. The values are chosen, not measured.

    Attributes:
        slow_mps: below this speed an entity stands; 3 km/h is a slow walk.
        stop_s: standing for so long is a stop.
        moving_s: moving for so long is a trip.
        silent_s: a longer time between two fixes is silence.
        gap_s: a longer time between two fixes at different places is a gap.
        near_m: two places within this distance count as the same place.
    """

    slow_mps: float = 3 / 3.6
    stop_s: float = 180.0
    moving_s: float = 10.0
    silent_s: float = 600.0
    gap_s: float = 180.0
    near_m: float = 150.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A trip or a stop.

    Attributes:
        moving: true for a trip, false for a stop.
        first, last: the rows of the track that it goes from and to.
        begin_us, end_us: microseconds since 1970.
        distance_m: of a trip, along its fixes; 0 for a stop.
        top_mps: of a trip, the greatest speed; NaN where none is known.
        ignition_s: seconds with the ignition on; of a stop: idling.
    """

    moving: bool
    first: int
    last: int
    begin_us: int
    end_us: int
    distance_m: float
    top_mps: float
    ignition_s: float


def journeys(track: Track, thresholds: JourneyThresholds = JourneyThresholds()) -> list[Journey]:
    """Trips and stops of one entity, in order, without gaps from the first fix to the last.

    Args:
        track: of one entity, in order of time, without doubtful fixes.
        thresholds: what separates stops from trips.
    """
    if len(track) < 2:  # noqa: PLR2004 there is no step
        return []
    step_s = np.diff(track.time_us) / 1e6
    step_m = track.steps_m()
    speed = speeds(track)
    slow = (speed[:-1] < thresholds.slow_mps) | (track.ignition[:-1] == 0)
    moving = ~((slow | (step_s > thresholds.silent_s)) & (step_m < thresholds.near_m))
    moving = _without_short(moving, step_s, value=True, shortest_s=thresholds.moving_s)
    moving = _without_short(moving, step_s, value=False, shortest_s=thresholds.stop_s)
    found = []
    for start, end in _runs(moving):
        steps = slice(start, end)
        on = track.ignition[steps] == 1
        goes = bool(moving[start])
        told = speed[start : end + 1]
        found.append(
            Journey(
                moving=goes,
                first=start,
                last=end,
                begin_us=int(track.time_us[start]),
                end_us=int(track.time_us[end]),
                distance_m=float(step_m[steps].sum()) if goes else 0.0,
                top_mps=float(np.nanmax(told)) if goes and not np.isnan(told).all() else float("nan"),
                ignition_s=float(step_s[steps][on].sum()),
            )
        )
    return found


def gaps(track: Track, thresholds: JourneyThresholds = JourneyThresholds()) -> NDArray[np.int64]:
    """The rows after which nothing was heard for long while the place changed: which way is not known.

    Args:
        track: of one entity, in order of time, without doubtful fixes.
        thresholds: what separates stops from trips.
    """
    silent = np.diff(track.time_us) > thresholds.gap_s * 1e6
    return np.flatnonzero(silent & (track.steps_m() >= thresholds.near_m))


def speeds(track: Track) -> Floats:
    """The device's speed, or that of the way to the next fix where it says none; m/s, the last may be NaN."""
    step_s = np.diff(track.time_us) / 1e6
    way = np.full(len(track), np.nan)
    np.divide(track.steps_m(), step_s, out=way[:-1], where=step_s > 0)
    return np.where(np.isnan(track.speed_mps), way, track.speed_mps)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Profile:
    """Speed over time, in buckets of equal length; those without a fix are left out.

    Attributes:
        begin_us: the beginning of each bucket.
        mean_mps, top_mps: of its fixes.
        distance_m: from the first fix of the track to the last of the bucket.
    """

    begin_us: NDArray[np.int64]
    mean_mps: Floats
    top_mps: Floats
    distance_m: Floats


def profile(track: Track, buckets: int) -> Profile:
    """The speed profile of one entity's track, in at most so many buckets."""
    speed = speeds(track)
    known = np.flatnonzero(~np.isnan(speed))
    if not len(known):
        nothing = np.zeros(0)
        return Profile(begin_us=np.zeros(0, np.int64), mean_mps=nothing, top_mps=nothing, distance_m=nothing)
    along = np.concatenate([[0.0], np.cumsum(track.steps_m())])[known]
    times, speed = track.time_us[known], speed[known]
    width = max(1, -(-int(times[-1] - times[0] + 1) // buckets))
    bucket = (times - times[0]) // width
    starts = np.flatnonzero(np.concatenate([[True], bucket[1:] != bucket[:-1]]))
    counts = np.diff(np.append(starts, len(bucket)))
    return Profile(
        begin_us=times[0] + bucket[starts] * width,
        mean_mps=np.add.reduceat(speed, starts) / counts,
        top_mps=np.maximum.reduceat(speed, starts),
        distance_m=along[starts + counts - 1],
    )


def _runs(values: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where equal values stand together: from, up to but not including."""
    changes = np.flatnonzero(values[1:] != values[:-1]) + 1
    edges = [0, *changes.tolist(), len(values)]
    return list(pairwise(edges))


def _without_short(
    moving: NDArray[np.bool_], step_s: Floats, *, value: bool, shortest_s: float
) -> NDArray[np.bool_]:
    """Turn over the runs of `value` that are too short; one that is all there is stays."""
    found = moving.copy()
    runs = _runs(moving)
    for start, end in runs:
        if bool(moving[start]) is value and len(runs) > 1 and step_s[start:end].sum() < shortest_s:
            found[start:end] = not value
    return found
