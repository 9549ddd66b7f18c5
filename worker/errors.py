"""Errors of the worker."""

from __future__ import annotations

from program.errors import ProgramError


class WorkerError(ProgramError):
    """The worker cannot go on; the text says why, and what to do."""
