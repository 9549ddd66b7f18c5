"""The kinds of problems that citizens may report: the public codes of a policy, as services (GeoReport v2).

`public_codes` of the policy lists codes, or classes with all their codes. A service has a code of its own for
programs, such as `A-E0501`: code set, category and code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from cases.codes import CLASS_DIGITS, Category, Code, TypeName
from cases.policy import CasePolicy

_LETTERS: Final[Mapping[Category, str]] = MappingProxyType(
    {Category.COMPONENT: "C", Category.EVENT: "E", Category.SERVICE: "S"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicService:
    """A kind of problem that citizens may report.

    Attributes:
        service_code: for programs, such as `A-E0501`.
        name: of the code.
        group: the name of its class.
    """

    service_code: str
    category: Category
    code_set: str
    code: str
    name: TypeName
    group: TypeName


def service_code_of(code_set: str, category: Category, code: str) -> str:
    """The code of a service, such as `A-E0501`."""
    return f"{code_set}-{_LETTERS[category]}{code}"


def public_services(policy: CasePolicy, at: datetime) -> Mapping[str, PublicService]:
    """The services that are public on the date of `at` in the city's time zone, by their codes."""
    on = at.astimezone(policy.calendar.zone).date()
    found = {}
    for row in policy.codes.rows:
        first, last = row.days
        if first <= on <= last and _is_public(row, policy):
            key = service_code_of(row.code_set, row.category, row.code)
            found[key] = PublicService(
                service_code=key,
                category=row.category,
                code_set=row.code_set,
                code=row.code,
                name=TypeName(name=row.name, name_en=row.name_en),
                group=policy.codes.name(row.code_set, row.category, row.code[:CLASS_DIGITS]),
            )
    return found


def _is_public(row: Code, policy: CasePolicy) -> bool:
    """Whether an entry names the code or its class. A class itself is a service only if it has no codes."""
    listed = f"{row.code_set} {row.category} {row.code}" in policy.public_codes
    if len(row.code) > CLASS_DIGITS:
        return listed or f"{row.code_set} {row.category} {row.code[:CLASS_DIGITS]}" in policy.public_codes
    below = any(
        (each.code_set, each.category) == (row.code_set, row.category)
        and len(each.code) > CLASS_DIGITS
        and each.code.startswith(row.code)
        for each in policy.codes.rows
    )
    return listed and not below
