"""Rates of many trials with their intervals.

The phases and zones of one clip are not independent: each event counts once in an interval, with the share of
its trials in which it was found, and each clip's reports count as those of one trial.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bench.intervals import wilson
from bench.recorded.trial import Found, Trial
from bench.scene_runs import median

_DAY_H = 24.0


def tally(done: Sequence[Trial]) -> dict[str, Any]:
    """The figures of some trials of one dwell."""
    asked = [(one, found) for one in done for found in one.found if found.asked]
    told = [found for _, found in asked if found.delay_s is not None]
    hours = sum(one.seconds for one in done) / 3600
    false = sum(len(one.false) for one in done)
    return {
        "events": len({found.event for _, found in asked}),
        "trials": len(done),
        "found": _found(found for _, found in asked),
        "precision": _precision(done),
        "missed": sum(found.delay_s is None for _, found in asked),
        "false": false,
        "camera_hours": round(hours, 2),
        "false_in_24_h": round(_DAY_H * false / hours, 1) if hours else None,
        "doubled": sum(found.doubled for one in done for found in one.found),
        "median_delay_s": median([one.delay_s for one in told if one.delay_s is not None]),
        "delays_s": _range([one.delay_s for one in told if one.delay_s is not None]),
        "found_by_group": _by(asked, lambda _, found: found.group),
        "found_by_clip": _by(asked, lambda one, _: one.clip),
        "found_by_zone": _by(asked, lambda one, _: one.zone),
        "found_by_phase": _by(asked, lambda one, _: str(one.phase)),
        "false_by_clip": _false_by(done, lambda one: one.clip),
        "false_by_phase": _false_by(done, lambda one: str(one.phase)),
        "not_asked": _not_asked(done),
    }


def _found(events: Iterable[Found]) -> dict[str, float | int | None]:
    tried: dict[str, list[bool]] = defaultdict(list)
    for one in events:
        tried[one.event].append(one.delay_s is not None)
    hits = sum(sum(outcomes) / len(outcomes) for outcomes in tried.values())
    return wilson(hits, len(tried))


def _precision(done: Sequence[Trial]) -> dict[str, float | int | None]:
    right = total = 0.0
    by_clip: dict[str, list[Trial]] = defaultdict(list)
    for one in done:
        by_clip[one.clip].append(one)
    for of_clip in by_clip.values():
        good = sum(found.delay_s is not None for one in of_clip for found in one.found) / len(of_clip)
        right += good
        total += good + sum(len(one.false) for one in of_clip) / len(of_clip)
    return wilson(right, round(total, 2))


def _by(asked: Sequence[tuple[Trial, Found]], key: Callable[[Trial, Found], str]) -> dict[str, Any]:
    groups: dict[str, list[Found]] = defaultdict(list)
    for one, found in asked:
        groups[key(one, found)].append(found)
    return {name: _found(members) for name, members in sorted(groups.items())}


def _false_by(done: Sequence[Trial], key: Callable[[Trial], str]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for one in done:
        if one.false:
            counts[key(one)] += len(one.false)
    return dict(sorted(counts.items()))


def _not_asked(done: Sequence[Trial]) -> dict[str, int]:
    """Events that stay too short or lie outside the zone: in how many trials, and reported in how many."""
    apart = [found for one in done for found in one.found if not found.asked]
    return {"trials": len(apart), "reported": sum(found.delay_s is not None for found in apart)}


def _range(values: Sequence[float]) -> tuple[float, float] | None:
    return (min(values), max(values)) if values else None
