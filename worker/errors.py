"""What can be wrong inside the worker."""

from __future__ import annotations

from program.errors import ProgramError


class WorkerError(ProgramError):
    """The worker cannot go on; the text says what is wrong and what to do."""
