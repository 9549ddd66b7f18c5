"""The clips of a folder, and what happens in them by its truth file (docs/real-clips.md)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.errors import BenchError
from edge.replay.errors import ReplayError
from edge.replay.score import Truth
from edge.replay.truth import HandTruth, HandZone, by_hand, read

TRUTH_NAME: Final = "truth.json"
UNGROUPED: Final = "ungrouped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An object that was left.

    Attributes:
        name: tells it apart from all other events of a folder.
        group: of what kind it is, for the rates.
        truth: where and when.
    """

    name: str
    group: str
    truth: Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedClip:
    """A clip of one fixed camera.

    Attributes:
        name: its path as the truth file has it.
        file: where it lies.
        events: what is left in it; none if nothing is.
        zones: the zones that the truth file draws; none for the whole picture.
    """

    name: str
    file: Path
    events: tuple[Event, ...]
    zones: tuple[HandZone, ...]


def clips_of(given: Path) -> list[RecordedClip]:
    """The clips that a truth file, or the `truth.json` of a folder, speaks of.

    Raises:
        BenchError: there is no such file, it is not understood, or a clip is missing.
    """
    truth = given / TRUTH_NAME if given.is_dir() else given
    if not truth.is_file():
        raise BenchError(
            f"{truth} is absent; write down there what happens in the clips (docs/real-clips.md)"
        )
    try:
        told = read(truth)
    except ReplayError as error:
        raise BenchError(str(error)) from None
    if not isinstance(told, HandTruth):
        raise BenchError(f"{truth} is a city's truth; give one written by hand (docs/real-clips.md)")
    written = (*told.clips, *told.negatives)
    if not written:
        raise BenchError(f"{truth} names no clips; give some under clips or negatives")
    names = [clip.file for clip in written]
    for name in names:
        if names.count(name) > 1:
            raise BenchError(f"{truth} names {name} twice; put all its events into one entry")
        if not (truth.parent / name).is_file():
            raise BenchError(f"{truth.parent / name} is absent; put the clip there or take it out of {truth}")
    for clip in written:
        zones = [zone.id for zone in clip.zones]
        if len(set(zones)) < len(zones):
            raise BenchError(f"{truth}: {clip.file} has two zones of one id; give each its own")
    return [
        RecordedClip(
            name=clip.file,
            file=truth.parent / clip.file,
            events=tuple(
                Event(name=f"{clip.file}/{number}", group=event.group or UNGROUPED, truth=by_hand(event))
                for number, event in enumerate(clip.events, 1)
            ),
            zones=clip.zones,
        )
        for clip in written
    ]
