"""Whose word that a place has been put right counts."""

from __future__ import annotations


def sees_case(
    *, source: str, camera: str | None, sees_component: bool, opened_by: str, case_camera: str | None
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
