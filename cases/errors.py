"""What the case domain refuses, each as one sentence that says what is wrong and what to do."""


class CaseError(Exception):
    """The case domain cannot do what was asked; the text says why and what to do."""


class ActionRefusedError(CaseError):
    """The action isn't possible in the case's stage, or lacks something; the text names what is possible."""


class CodeError(CaseError):
    """A grid, component or type code isn't well formed; the text says which form is expected."""


class PolicyError(CaseError):
    """A city's policy or code table cannot be used; the text names the file, the entry and what is right."""


class RightsError(CaseError):
    """A table of rights cannot be used; the text names the row and says what is right."""
