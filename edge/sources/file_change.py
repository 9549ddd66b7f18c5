"""Detects that a file in use was changed: replaced, rotated, overwritten or truncated."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_CHECK_S: Final = 1.0
_SETTLED_S: Final = 2.0


class FileChange:
    """Watches one file from the time it is opened.

    A change counts once the file has not changed for two seconds. This gives time to copy another recording
    over it, and keeps playing a recording that still grows.

    Args:
        path: of the file.
        now: monotonic seconds.
    """

    def __init__(self, path: Path, now: float) -> None:
        self._path = path
        self._opened = self._newest = _state(path)
        self._settled_s = self._checked_s = now
        self._done = False

    def is_done(self, now: float) -> bool:
        """Whether the file was changed and is complete; may be called for each frame."""
        if not self._done and now - self._checked_s >= _CHECK_S:
            self._checked_s = now
            newest = _state(self._path)
            if newest != self._newest:
                self._newest, self._settled_s = newest, now
            is_other = newest is not None and newest != self._opened
            self._done = is_other and now - self._settled_s >= _SETTLED_S
        return self._done


def _state(path: Path) -> tuple[int, int, int, int] | None:
    """Identifies the contents of a path; None if there is no file."""
    try:
        found = os.stat(path)  # noqa: PTH116 the path may be a pipe or a link: what it leads to counts
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
