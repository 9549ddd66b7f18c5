"""Errors of an edge box."""

from __future__ import annotations

from program.errors import ProgramError


class EdgeError(ProgramError):
    """The box cannot go on; the text says why, and what to do."""


class AnotherProgramError(EdgeError):
    """Another edge program has the box's file open."""


class StorageError(Exception):
    """The box's file cannot be written or read now; the text says why, and what to do.

    Attributes:
        damaged: whether the file itself is damaged, and must be set aside.
        reopen: whether the connection to the file is unusable.
    """

    def __init__(self, text: str, *, damaged: bool = False, reopen: bool = False) -> None:
        super().__init__(text)
        self.damaged = damaged
        self.reopen = reopen or damaged


class SourceError(Exception):
    """A camera delivers no pictures; the text says why. Its worker tries again after a pause.

    Attributes:
        min_pause_s: shortest pause, seconds, whatever the settings say.
    """

    def __init__(self, text: str, *, min_pause_s: float = 0.0) -> None:
        super().__init__(text)
        self.min_pause_s = min_pause_s


class LayoutError(Exception):
    """A cover or zone does not fit the camera's picture; the text names it. Correct the settings file."""
