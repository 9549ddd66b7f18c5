"""What a detector said in one scene, against what was left there. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.benchmark.detector import Box
from bench.scenes.situations import Thing
from edge.replay.score import overlap

_EARLY_S: Final = 2.0
_LATE_S: Final = 30.0
_OVERLAP: Final = 0.2
_COVERED: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An incident that a detector began: when, and where in pixels of the picture."""

    at_s: float
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One scene's outcome.

    Attributes:
        situation: its name.
        seed: of the scene.
        flaw: of the camera.
        asked: objects that are asked for: what a person could see.
        delays_s: of each of those the time from its coming to the first incident; None without one.
        doubled: incidents of objects that had one.
        false: moment and box of incidents that belong to no object and no shadow of one.
    """

    situation: str
    seed: int
    flaw: str
    asked: int
    delays_s: tuple[float | None, ...]
    doubled: int
    false: tuple[tuple[float, Box], ...]


def outcome_of(
    things: Sequence[Thing],
    plain: Sequence[bool],
    incidents: Sequence[Incident],
    *,
    situation: str,
    seed: int,
    flaw: str,
) -> Outcome:
    """Hold incidents against objects.

    An incident belongs to each object whose box it overlaps by a fifth or covers by half: pieces that lie
    side by side may be one incident. It must come between 2 s before the object and 30 s after its going.
    """
    first: list[float | None] = [None] * len(things)
    doubled, false = 0, []
    for incident in sorted(incidents, key=lambda one: one.at_s):
        of = [index for index, thing in enumerate(things) if _belongs(incident, thing, thing.boxes[:1])]
        fresh = [index for index in of if first[index] is None]
        for index in fresh:
            first[index] = max(0.0, incident.at_s - things[index].comes_s)
        if of and not fresh:
            doubled += 1
        elif not of and not any(_belongs(incident, thing, thing.boxes) for thing in things):
            false.append((incident.at_s, incident.box))
    return Outcome(
        situation=situation, seed=seed, flaw=flaw, asked=sum(plain),
        delays_s=tuple(delay for delay, is_plain in zip(first, plain, strict=True) if is_plain),
        doubled=doubled, false=tuple(false),
    )  # fmt: skip


def _belongs(incident: Incident, thing: Thing, boxes: Sequence[Box]) -> bool:
    if not thing.comes_s - _EARLY_S <= incident.at_s <= thing.goes_s + _LATE_S:
        return False
    return any(overlap(box, incident.box) >= _OVERLAP or _covered(box, incident.box) for box in boxes)


def _covered(box: Box, by: Box) -> bool:
    wide = min(box[2], by[2]) - max(box[0], by[0])
    high = min(box[3], by[3]) - max(box[1], by[1])
    whole = (box[2] - box[0]) * (box[3] - box[1])
    return wide > 0 and high > 0 and wide * high >= _COVERED * whole
