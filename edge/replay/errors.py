"""The error of a replay."""

from __future__ import annotations

from program.errors import ProgramError


class ReplayError(ProgramError):
    """A clip cannot be replayed or scored; the sentence says what is wrong and what to give instead."""
