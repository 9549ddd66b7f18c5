"""Errors of work on cases, each as one sentence: what is wrong, and what to do."""

from cases import CaseError


class NoSuchCaseError(CaseError):
    """There is no case of that number."""


class StaleCaseError(CaseError):
    """The case has changed since it was read; read it again, then decide.

    Args:
        sequence: of its newest event.
    """

    def __init__(self, number: str, *, expected: int, sequence: int) -> None:
        super().__init__(
            f"case {number} has changed (event {sequence}, you saw {expected}); read it again, then decide"
        )
        self.sequence = sequence


class ReusedKeyError(CaseError):
    """The idempotency key belongs to another request; a new request needs a new key."""
