"""What the case domain refuses, each as one sentence that says what is wrong and what to do."""

from __future__ import annotations

from enum import StrEnum


class CaseError(Exception):
    """The case domain cannot do what was asked; the text says why and what to do."""


class RefusedBecause(StrEnum):
    """What kind of refusal it is."""

    INCOMPLETE = "incomplete"
    """Something must be given with the action, or given otherwise."""
    NOT_NOW = "not_now"
    """The case does not allow it as it stands."""
    NOT_ALLOWED = "not_allowed"
    """Who acts has no right to it."""


class ActionRefusedError(CaseError):
    """The action isn't possible in the case's stage, or lacks something; the text names what is possible.

    Args:
        text: one sentence.
        code: a word for programs, such as `wrong_stage` or `needs_department`.
        because: what kind of refusal it is.
    """

    def __init__(
        self, text: str, *, code: str = "wrong_stage", because: RefusedBecause = RefusedBecause.NOT_NOW
    ) -> None:
        super().__init__(text)
        self.code = code
        self.because = because


class CodeError(CaseError):
    """A grid, component or type code isn't well formed; the text says which form is expected."""


class PolicyError(CaseError):
    """A city's policy or code table cannot be used; the text names the file, the entry and what is right."""


class RightsError(CaseError):
    """A table of rights cannot be used; the text names the row and says what is right."""
