"""Compares cases with the truth: each happening has one case, with code, place and picture; no other case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from deploy.acceptance.truth import Happening
from geo.distance import distance_m

FAR_M = 3.0
"""A case farther away than this, in metres, lies at a wrong place. Some distance is normal: the truth is the
middle of an object, and a camera locates its foot."""
SEEN_WITHIN_S = 60.0
"""Seconds after which the beginning or the end of a happening must be known to the system."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case as the system opened it.

    Attributes:
        code: 4 digits.
        opened_at: when the case was opened.
        restored_at: when the first message said that the place is in order again; None without one.
        pictures: number of evidence files that exist and are JPEG.
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
    """The comparison of one happening with its case.

    Attributes:
        number: number of the case; None if none was opened.
        wrong: the faults of the case, a phrase for each.
        opened_after_s: seconds from the beginning of the happening to the opening of the case.
        restored_after_s: seconds from the end of the happening to the case's restoration.
        off_m: distance between the case's place and the true one, metres.
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
    """Compare each happening that must be known by now with its case.

    Args:
        happenings: the truth.
        cases: all cases.
        started: when the clips began to play.
        codes: type of event → case code; a component's class is part of its own code.
        seconds: seconds since `started`; a beginning or end within the last `SEEN_WITHIN_S` may be missing.
    """
    by_key = {case.key: case for case in cases}
    return [
        _outcome(one, by_key.get(one.key), started=started, codes=codes, seconds=seconds)
        for one in happenings
        if one.begins_s + SEEN_WITHIN_S <= seconds or one.key in by_key
    ]


def unmatched(happenings: Sequence[Happening], cases: Sequence[Case]) -> list[Case]:
    """Cases that match no happening."""
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
        "the restoration never reached the case": (
            restored is None and truth.ends_s + SEEN_WITHIN_S <= seconds
        ),
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
