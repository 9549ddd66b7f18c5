"""Errors of backups, each with one sentence for the administrator."""

from program.errors import ProgramError


class BackupError(ProgramError):
    """A backup cannot be made, read or restored; the text says why and what to do."""
