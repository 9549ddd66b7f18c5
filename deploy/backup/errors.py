"""What can go wrong with a backup, each as one sentence."""

from program.errors import ProgramError


class BackupError(ProgramError):
    """A backup cannot be made, read or restored; the text says why and what to do."""
