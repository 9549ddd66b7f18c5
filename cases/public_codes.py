"""The entries of `public_codes` in a policy: what citizens may report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cases.codes import Category, CodeTable
from cases.errors import PolicyError

_PARTS: Final = 3


def checked_public_codes(entries: Iterable[str], codes: CodeTable) -> frozenset[str]:
    """The entries, each `CODE_SET CATEGORY CODE` with a code or a class of the lists.

    Raises:
        PolicyError: names the entry.
    """
    found = set()
    for entry in entries:
        parts = entry.split()
        if len(parts) != _PARTS or parts[1] not in set(Category):
            raise PolicyError(
                f"public_codes: {entry!r} must be code set, category and code, such as 'A event 0501'"
            )
        code_set, category, code = parts
        if codes.find(code_set, Category(category), code) is None:
            raise PolicyError(
                f"public_codes: the lists have no {category} {code} in set {code_set}; take {entry!r} out"
            )
        found.add(" ".join(parts))
    return frozenset(found)
