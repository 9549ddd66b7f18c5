"""The base error of this package."""

from __future__ import annotations

from program.errors import ProgramError


class BenchError(ProgramError):
    """Something cannot be measured; the text says why, and the remedy."""
