"""Errors that end a program with one sentence for whoever started it."""


class ProgramError(Exception):
    """The program cannot go on; the text is one sentence saying what is wrong and what to do next."""


class SettingsError(ProgramError):
    """A setting is unknown, missing or out of range; the text names it, its source and what is allowed."""
