"""The error of a replay."""

from __future__ import annotations

from program.errors import ProgramError


class ReplayError(ProgramError):
    """A clip cannot be replayed or scored; the text says why, and what to give instead."""
