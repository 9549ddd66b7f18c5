"""Compares reports with the ground truth: found, missed, false, doubled, delay. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""

_OVERLAP: Final = 0.2
_EARLY_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """An event of the ground truth.

    Attributes:
        kind: the kind of incident that it is; an empty one matches any.
        begins_s: when it began, or the object came to rest.
        ends_s: when it was over; None if it stayed.
        boxes: where it was; several if it moved a little.
    """

    kind: str
    begins_s: float
    ends_s: float | None
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A reported incident.

    Attributes:
        kind: the kind of incident.
        at_s: when it was reported.
        ended_s: when its end was; None while it is open.
        box: where it is.
    """

    kind: str
    at_s: float
    ended_s: float | None
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The result of a comparison.

    Attributes:
        found: events with at least one report.
        missed: events without a report.
        false: reports that match no event.
        doubled: reports beyond the first for one event.
        delays_s: for each found event, from its beginning to the first report.
        end_delays_s: for each found event that ended, from its end to its report; None without one.
    """

    found: int
    missed: int
    false: int
    doubled: int
    delays_s: tuple[float, ...]
    end_delays_s: tuple[float | None, ...]


def overlap(one: Box, other: Box) -> float:
    """Intersection over union, 0 to 1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (
        (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]) - shared
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Which report belongs to which event.

    Attributes:
        of_event: for each event its reports, in the order of time.
        false: reports that belong to no event.
    """

    of_event: tuple[tuple[Reported, ...], ...]
    false: tuple[Reported, ...]


def match(truths: Sequence[Truth], reports: Sequence[Reported], *, grace_s: float = 30.0) -> Matches:
    """Match each report to the event that it overlaps most, among those of its kind, place and time.

    Args:
        truths: the events.
        reports: the reports, in any order.
        grace_s: seconds after its end in which an event may still be reported for the first time.
    """
    matched: list[list[Reported]] = [[] for _ in truths]
    false: list[Reported] = []
    for report in sorted(reports, key=lambda one: one.at_s):
        fitting = [index for index, truth in enumerate(truths) if _fits(truth, report, grace_s)]
        if fitting:
            best = max(
                fitting, key=lambda index: max(overlap(box, report.box) for box in truths[index].boxes)
            )
            matched[best].append(report)
        else:
            false.append(report)
    return Matches(of_event=tuple(tuple(of_it) for of_it in matched), false=tuple(false))


def score(truths: Sequence[Truth], reports: Sequence[Reported], *, grace_s: float = 30.0) -> Score:
    """Count the result of `match`."""
    matches = match(truths, reports, grace_s=grace_s)
    pairs = [(truth, of_it) for truth, of_it in zip(truths, matches.of_event, strict=True) if of_it]
    return Score(
        found=len(pairs),
        missed=len(truths) - len(pairs),
        false=len(matches.false),
        doubled=sum(len(of_it) - 1 for _, of_it in pairs),
        delays_s=tuple(of_it[0].at_s - truth.begins_s for truth, of_it in pairs),
        end_delays_s=tuple(
            None if of_it[0].ended_s is None else of_it[0].ended_s - truth.ends_s
            for truth, of_it in pairs
            if truth.ends_s is not None
        ),
    )


def _fits(truth: Truth, report: Reported, grace_s: float) -> bool:
    if truth.kind and truth.kind != report.kind:
        return False
    if report.at_s < truth.begins_s - _EARLY_S:
        return False
    if truth.ends_s is not None and report.at_s > truth.ends_s + grace_s:
        return False
    return any(overlap(box, report.box) >= _OVERLAP for box in truth.boxes)
