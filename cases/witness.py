"""Decides which detector's reports about a place count, and which report is the latest."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

_OUT_OF_ORDER: Final = timedelta(minutes=5)
"""Events of simultaneous reports may be written in another order than they came."""


def sees_case(
    *, source: str, camera: str | None, sees_component: bool, opened_by: str | None, case_camera: str | None
) -> bool:
    """Whether a reporter may see the place of a case.

    Args:
        source: the reporter, `{kind}/{id}`.
        camera: the camera in the report; the source may report for it.
        sees_component: whether the case's component is known to be within reach of that camera.
        opened_by: who opened the case.
        case_camera: the camera of the report that opened it.
    """
    return source == opened_by or (camera is not None and (camera == case_camera or sees_component))


def sighting(
    seen_at: datetime | None, *, observed_at: datetime, at: datetime, restored: bool
) -> dict[str, datetime | None]:
    """The fields of a case that a detector's report about its place changes.

    Reports may come late and in any order: the one about the latest time counts. A stored time well after
    `at` was stored while our own clock was ahead, and gives way.

    Args:
        seen_at: the latest time of which detectors reported; None if they never did.
        observed_at: the time of this observation.
        at: when it is written.
        restored: whether it reports that the place is restored.
    """
    if seen_at is not None and observed_at < seen_at <= at + _OUT_OF_ORDER:
        return {}
    return {"seen_at": observed_at, "restored_at": observed_at if restored else None}
