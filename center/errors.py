"""Errors of the center."""

from program.errors import ProgramError


class CenterError(ProgramError):
    """The center cannot go on; the text is one sentence: what is wrong, and what to do."""


class DatabaseAwayError(CenterError):
    """The database does not answer, or not in time; try again later."""
