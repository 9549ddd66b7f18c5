"""Errors of the simulated city."""

from program.errors import ProgramError


class CityError(ProgramError):
    """The city cannot be built or driven; the text says what is missing, and what to do."""
