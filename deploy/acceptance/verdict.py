"""Compares cases with the truth: each event has one case with the right code, place and picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from deploy.acceptance.truth import Happening
from geo.distance import distance_m

FAR_M = 3.0
"""Metres; a case farther away does not match. The truth has an object's middle, a camera locates its foot."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case as the system opened it.

    Attributes:
        code: 4 digits.
        opened_at: when.
        restored_at: when it first heard that the place was restored; None if it has not.
        pictures: number of stored evidence files that are JPEG.
    """

    number: str
    type: str
    code: str
    camera: str
    zone: str | None
    component: str | None
    grid_cell: str | None
    lat: float
    lon: float
    opened_at: datetime
    restored_at: datetime | None
    pictures: int

    @property
    def key(self) -> tuple[str, str, str]:
        """As `Happening.key`: type, camera, and component or zone."""
        return (self.type, self.camera, self.component or self.zone or "")


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The result for one event.

    Attributes:
        number: its case; None if none was opened.
        wrong: the faults of the case.
        opened_after_s: seconds from the event's begin to the case.
        restored_after_s: seconds from the event's end to the restore.
        off_m: metres between the case's place and the true one.
    """

    camera: str
    type: str
    number: str | None
    wrong: list[str]
    opened_after_s: float | None = None
    restored_after_s: float | None = None
    off_m: float | None = None


def judge(
    happenings: Sequence[Happening],
    cases: Sequence[Case],
    *,
    started: datetime,
    codes: Mapping[str, str],
    seconds: float,
) -> list[Outcome]:
    """The result for each event that must have been detected by now.

    Args:
        happenings: the truth.
        cases: all cases.
        started: when the clips began to play.
        codes: the code of each incident type; a component's code contains its class.
        seconds: since `started`; an event that began or ended less than a minute earlier need not be
            detected.
    """
    by_key = {case.key: case for case in cases}
    return [
        _outcome(one, by_key.get(one.key), started=started, codes=codes, seconds=seconds)
        for one in happenings
        if one.begins_s + 60 <= seconds or one.key in by_key
    ]


def beyond(happenings: Sequence[Happening], cases: Sequence[Case]) -> list[Case]:
    """Cases that match no true event."""
    true = {one.key for one in happenings}
    return [case for case in cases if case.key not in true]


def _outcome(
    truth: Happening, case: Case | None, *, started: datetime, codes: Mapping[str, str], seconds: float
) -> Outcome:
    if case is None:
        return Outcome(camera=truth.camera, type=truth.type, number=None, wrong=["no case"])
    code = truth.component[6:10] if truth.component is not None else codes[truth.type]
    off_m = float(distance_m(truth.lat, truth.lon, case.lat, case.lon))
    opened = (case.opened_at - started).total_seconds() - truth.begins_s
    restored = None
    if case.restored_at is not None:
        restored = (case.restored_at - started).total_seconds() - truth.ends_s
    checks = {
        f"code {case.code} is not {code}": case.code != code,
        f"{off_m:.0f} m off": off_m > FAR_M,
        "no picture": case.pictures == 0,
        "no grid cell": case.grid_cell is None,
        "opened before it happened": opened < 0,
        "the restoration never reached the case": restored is None and truth.ends_s + 60 <= seconds,
        "restored before it was put right": restored is not None and restored < 0,
    }
    return Outcome(
        camera=truth.camera,
        type=truth.type,
        number=case.number,
        wrong=[what for what, is_so in checks.items() if is_so],
        opened_after_s=round(opened, 1),
        restored_after_s=None if restored is None else round(restored, 1),
        off_m=round(off_m, 1),
    )
