"""Errors of the case domain, each as one sentence: what is wrong, and what to do."""

from __future__ import annotations

from enum import StrEnum


class CaseError(Exception):
    """The case domain refuses a request; the text says why, and what to do."""


class RefusedBecause(StrEnum):
    """The kind of a refusal."""

    INCOMPLETE = "incomplete"
    """The action needs something that is missing or invalid."""
    NOT_NOW = "not_now"
    """The present state of the case does not allow it."""
    NOT_ALLOWED = "not_allowed"
    """The actor has no right to it."""


class ActionRefusedError(CaseError):
    """The action is not possible in the case's stage, or lacks something; the text names what is possible.

    Args:
        text: one sentence.
        code: a word for programs, such as `wrong_stage` or `needs_department`.
        because: the kind of refusal.
    """

    def __init__(
        self, text: str, *, code: str = "wrong_stage", because: RefusedBecause = RefusedBecause.NOT_NOW
    ) -> None:
        super().__init__(text)
        self.code = code
        self.because = because


class CodeError(CaseError):
    """A grid, component or type code is malformed; the text says which form is expected."""


class PolicyError(CaseError):
    """A city's policy or code table cannot be used; the text names the file, the entry and what is right."""


class RightsError(CaseError):
    """A table of rights cannot be used; the text names the row and what is right."""
