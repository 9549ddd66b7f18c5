"""What the city decides about its cases, as programs load it when they start."""

from __future__ import annotations

from cases import CasePolicy, PolicyError
from program.errors import SettingsError


def load_policy(folder: str) -> CasePolicy:
    """Read the city's policy.

    Args:
        folder: the setting `cases.folder`; empty for the policy that is shipped.

    Raises:
        SettingsError: the folder or an entry is wrong; the text names it.
    """
    try:
        return CasePolicy.load(folder)
    except PolicyError as error:
        raise SettingsError(str(error)) from None
