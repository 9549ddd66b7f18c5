"""What can go wrong in the center."""

from program.errors import ProgramError


class CenterError(ProgramError):
    """The center cannot go on; the text is one sentence saying what is wrong and what to do next."""


class DatabaseAwayError(CenterError):
    """The database doesn't answer, or not in time; try again later."""
