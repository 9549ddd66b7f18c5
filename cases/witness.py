"""What detectors' words about a place are worth: whose counts, and which is the last."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

_OUT_OF_ORDER: Final = timedelta(minutes=5)
"""Events of reports that came at once may be written in another order than they came."""


def sees_case(
    *, source: str, camera: str | None, sees_component: bool, opened_by: str | None, case_camera: str | None
) -> bool:
    """Whether who reports may see the place of a case.

    Args:
        source: who reports, `{kind}/{id}`.
        camera: that saw what is reported; one for which the source may speak.
        sees_component: whether the case's component is known to lie within reach of that camera.
        opened_by: who opened the case.
        case_camera: the camera of the report that opened it.
    """
    return source == opened_by or (camera is not None and (camera == case_camera or sees_component))


def sighting(
    seen_at: datetime | None, *, observed_at: datetime, at: datetime, restored: bool
) -> dict[str, datetime | None]:
    """The fields of a case that a detector's word about its place changes.

    Reports may come late and in any order: the one that speaks of the latest moment counts. A moment well
    after the event now written was noted while our own clock was ahead, and gives way.

    Args:
        seen_at: the moment of which detectors last spoke; None if they never did.
        observed_at: the moment of which this one speaks.
        at: when it is written.
        restored: it says that the place is put right.
    """
    if seen_at is not None and observed_at < seen_at <= at + _OUT_OF_ORDER:
        return {}
    return {"seen_at": observed_at, "restored_at": observed_at if restored else None}
