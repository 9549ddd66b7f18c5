"""Errors that end a program with one sentence for its operator."""


class ProgramError(Exception):
    """The program cannot go on; the text is one sentence: what is wrong, and what to do."""


class SettingsError(ProgramError):
    """A setting is unknown, missing or out of range; the text names it, its source and the allowed values."""
