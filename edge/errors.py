"""What can be wrong on an edge box."""

from __future__ import annotations

from program.errors import ProgramError


class EdgeError(ProgramError):
    """The box cannot go on; the text says what is wrong and what to do."""


class SourceError(Exception):
    """A camera gives no pictures; the text says why. Its worker tries again after a pause.

    Attributes:
        least_pause_s: seconds that the pause must last at least, whatever the settings say.
    """

    def __init__(self, text: str, *, least_pause_s: float = 0.0) -> None:
        super().__init__(text)
        self.least_pause_s = least_pause_s


class LayoutError(Exception):
    """A cover or zone does not fit the camera's picture; the text names it. Mend the file."""
