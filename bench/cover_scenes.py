"""Shared by all cover scenes: the timetable, the run of one scene, and the totals of many.

The first 90 s have no event. Then the cover may be changed; the change is reverted at 160 s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Protocol

import cv2

from bench.intervals import wilson
from bench.scenes.ground import HEIGHT, WIDTH
from detectors.look import Image, Look
from detectors.observations import Verdict
from detectors.places import CoverPlace, Polygon
from detectors.watch import CameraWatch, Report

SIZES_PX: Final = (30, 50, 90)
BEGINS_S: Final = 90.0
ENDS_S: Final = 160.0
SECONDS: Final = 210.0
SETTLED_S: Final = 20.0
_GAP_S: Final = 2.0
_WITHIN_S: Final = 60.0


class Outcome(Protocol):
    """The outcome of one scene."""

    @property
    def delay_s(self) -> float | None:
        """Seconds from the change to its report; None without a report."""

    @property
    def verdicts(self) -> Mapping[str, int]:
        """The number of settled looks with each verdict."""


def watched(outline: Polygon, picture: Callable[[float, bool], Image]) -> Iterator[tuple[float, Report]]:
    """Run the detector on one scene.

    Args:
        outline: of the cover.
        picture: the camera's picture at a time; its argument says whether the cover is changed then.
    """
    cv2.setNumThreads(1)
    watch = CameraWatch(covers=[CoverPlace(id="c", outline=outline)], zones=[], frame_px=(WIDTH, HEIGHT))
    for index in range(round(SECONDS / _GAP_S)):
        at_s = index * _GAP_S
        yield at_s, watch.look(Look.of(picture(at_s, BEGINS_S <= at_s < ENDS_S), at_s))


def settled(at_s: float) -> bool:
    """Whether the state has lasted long enough to be detected, and still lasts."""
    return BEGINS_S + SETTLED_S <= at_s < ENDS_S


def verdict_of(report: Report) -> tuple[str, float]:
    """The verdict on the cover, and its confidence."""
    if report.covers is None or not len(report.covers):
        return "unknown", 0.0
    return Verdict(int(report.covers.verdict[0])).name.lower(), float(report.covers.confidence[0])


def found(runs: Sequence[Outcome]) -> dict[str, float | int | None]:
    """The share reported within a minute, with its confidence interval."""
    return wilson(sum(one.delay_s is not None and one.delay_s <= _WITHIN_S for one in runs), len(runs))


def shares(runs: Sequence[Outcome]) -> dict[str, float]:
    """Each verdict's share of the settled looks."""
    totals: Counter[str] = Counter()
    for one in runs:
        totals.update(one.verdicts)
    return {said: round(count / totals.total(), 3) for said, count in sorted(totals.items())}


def hours(runs: Sequence[Outcome]) -> float:
    """The total length of all scenes, in hours."""
    return round(len(runs) * SECONDS / 3600, 1)
