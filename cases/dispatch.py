"""Proposes a department for a case: by the first rule that fits its code, area and component's owner.

The rules are a table that a city edits (`dispatch.csv`), read from the top. Empty cells of a rule fit
everything. If no rule fits, the responsible body of the case's condition is proposed if it is a department,
else the department of the incident's rule in `policy.toml`. A rule whose department does not exist, or is
closed, is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Self

import msgspec

from cases.codes import Category, TypeName
from cases.errors import PolicyError
from cases.table import Column, Numbered, Table

OWNER: Final = "(owner)"
"""In the column department: the owner of the component, if it is a department."""

MAX_RULES: Final = 1000
"""Maximum number of rules: each opened case is compared with all of them, and each rule with those above
it."""

CODE_PATTERN: Final = "^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$"
"""The code of a department."""

FindDepartment = Callable[[str], str | None]
"""The code of the department that a code or a name means; None if there is none, several, or it is closed."""

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule of dispatch.

    Attributes:
        department: the code of a department of the tree, the name of one of `policy.toml`, or `(owner)` for
            the owner of the component.
        code: a code or a prefix: 05 stands for all of class 05.
        area: a prefix of the case's grid cell: district (6 digits), street (9), community (12), or the cell.
        owner: of the component.
        reason: why, in words; if empty, the text describes the rule.
    """

    department: _Name
    code_set: str | None = None
    category: Category | None = None
    code: Annotated[str, msgspec.Meta(pattern="^[0-9]{2,6}$")] | None = None
    condition: str | None = None
    area: Annotated[str, msgspec.Meta(pattern="^([0-9]{6}|[0-9]{9}|[0-9]{12}|[0-9]{14,16})$")] | None = None
    owner: str | None = None
    reason: str | None = None
    reason_en: str | None = None


RULES: Final = Table(
    name="dispatch",
    row=Rule,
    columns=(
        Column(name="code_set", chinese="代码集", expected="the name of a list, such as A, or nothing"),
        Column(name="category", chinese="类别", expected="component, event or service, or nothing"),
        Column(name="code", chinese="代码", expected="2 to 6 digits, or nothing", digits=True),
        Column(name="condition", chinese="立案条件编号", expected="the key of a condition, or nothing"),
        Column(
            name="area",
            chinese="区域",
            expected="a district (6 digits), street (9), community (12) or grid cell (14 to 16), or nothing",
            digits=True,
        ),
        Column(name="owner", chinese="权属单位", expected="the owner of components, or nothing"),
        Column(
            name="department", chinese="责任部门", expected=f"the code or name of a department, or {OWNER}"
        ),
        Column(name="reason", chinese="理由", expected="a text, or nothing"),
        Column(name="reason_en", chinese="理由(英文)", expected="a text, or nothing"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchFacts:
    """The facts about a case that decide its department.

    Attributes:
        grid_cell: 14 to 16 digits; None outside the grid.
        district: 6 digits.
        owner: of the component, if the city's map has it.
        responsible: the responsible body of the case's condition, if any.
        fallback: the department of the incident type's rule; None: no fallback.
    """

    code_set: str
    category: Category
    code: str
    condition: str | None
    district: str
    grid_cell: str | None = None
    owner: str | None = None
    responsible: str = ""
    fallback: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The department that is proposed for a case, by its code, and the reason, in both languages.

    A department that has no code, neither in the policy nor in the tree, is proposed by its name.
    """

    department: str
    reason: str
    reason_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A department that can be responsible for handling.

    Attributes:
        code: its code in cases and in the city's tree of departments; None if the policy has none.
        parent: the code of the department above it.
    """

    name: str
    name_en: str
    code: str | None = None
    parent: str | None = None


class DispatchRules:
    """The rules, in order.

    Args:
        rules: each with the number of its row.
        departments: by name.
    """

    def __init__(self, rules: Iterable[Numbered[Rule]], departments: Mapping[str, Department]) -> None:
        self._rules = tuple(rules)
        self._departments = {
            known: each.code or each.name
            for each in departments.values()
            for known in (each.code, each.name)
            if known
        }

    @classmethod
    def of(
        cls,
        rules: Iterable[Numbered[Rule]],
        departments: Mapping[str, Department],
        *,
        file: str,
        shipped: bool = False,
    ) -> Self:
        """Make the rules from the rows of a file.

        Args:
            rules: the rows.
            departments: by name.
            file: for errors.
            shipped: whether it is the file that comes with Streetwarden; rules of it whose departments the
                city does not have are left out.

        Raises:
            PolicyError: a department does not exist, a rule is never reached, or there are too many rules.
        """
        found = cls(rules, departments)
        if shipped:
            known = {OWNER, *found._departments}
            return cls((each for each in found._rules if each.row.department in known), departments)
        if len(found._rules) > MAX_RULES:
            raise PolicyError(
                f"{file}: more than {MAX_RULES} rules; name streets or classes instead of single cells"
            )
        for position, numbered in enumerate(found._rules):
            rule, where = numbered.row, f"{file}: row {numbered.number}"
            if rule.department != OWNER and not (
                rule.department in found._departments or re.fullmatch(CODE_PATTERN, rule.department)
            ):
                there = ", ".join(departments)
                raise PolicyError(
                    f"{where}, column department: policy.toml has no {rule.department!r}; it has {there}; "
                    "name another department of the tree by its code"
                )
            for earlier in found._rules[:position]:
                if earlier.row.department != OWNER and _asks_no_more(earlier.row, rule):
                    raise PolicyError(
                        f"{where} is never reached, because row {earlier.number} fits all that it fits; "
                        "move it up"
                    )
        return found

    @property
    def rows(self) -> tuple[Rule, ...]:
        """The rules without row numbers."""
        return tuple(numbered.row for numbered in self._rules)

    @property
    def of_the_tree(self) -> tuple[Numbered[Rule], ...]:
        """The rules that name a department by a code that the policy does not have."""
        known = {OWNER, *self._departments}
        return tuple(each for each in self._rules if each.row.department not in known)

    def propose(self, facts: DispatchFacts, find: FindDepartment | None = None) -> Proposal | None:
        """The proposed department for a case; None if there is none.

        Args:
            facts: of the case.
            find: finds a department in the tree; None: only those of the policy are known.
        """

        def code_of(word: str | None) -> str | None:
            if not word:
                return None
            known = self._departments.get(word)
            return known if find is None else find(known or word)

        owner = code_of(facts.owner)
        for numbered in self._rules:
            rule = numbered.row
            if not _fits(rule, facts):
                continue
            department = owner if rule.department == OWNER else code_of(rule.department)
            if department is not None:
                words = _words(numbered)
                return Proposal(
                    department=department,
                    reason=rule.reason or words.name,
                    reason_en=rule.reason_en or words.name_en,
                )
        responsible = code_of(facts.responsible)
        if responsible is not None:
            return Proposal(
                department=responsible,
                reason="立案条件的责任单位",
                reason_en="The responsible body of the condition",
            )
        fallback = code_of(facts.fallback)
        if fallback is not None:
            return Proposal(
                department=fallback,
                reason="该问题类型的默认部门",
                reason_en="The department for this type of incident",
            )
        return None


def _fits(rule: Rule, facts: DispatchFacts) -> bool:
    place = facts.grid_cell or facts.district
    return (
        facts.code.startswith(rule.code or "")
        and rule.code_set in {None, facts.code_set}
        and rule.category in {None, facts.category}
        and rule.condition in {None, facts.condition}
        and (place.startswith(rule.area or "") or facts.district == rule.area)
        and rule.owner in {None, facts.owner}
    )


def _asks_no_more(one: Rule, other: Rule) -> bool:
    """Whether one rule fits all cases that another fits."""
    return (
        (other.code or "").startswith(one.code or "")
        and (other.area or "").startswith(one.area or "")
        and one.code_set in {None, other.code_set}
        and one.category in {None, other.category}
        and one.condition in {None, other.condition}
        and one.owner in {None, other.owner}
    )


def _words(numbered: Numbered[Rule]) -> TypeName:
    """The conditions of a rule, in words."""
    rule = numbered.row
    asked = [
        ("代码", "code", rule.code),
        ("立案条件", "condition", rule.condition),
        ("区域", "area", rule.area),
        ("权属单位", "owner", rule.owner),
    ]
    chinese = "、".join(f"{name} {value}" for name, _, value in asked if value) or "所有案件"
    english = ", ".join(f"{name} {value}" for _, name, value in asked if value) or "all cases"
    return TypeName(
        name=f"派遣规则第 {numbered.number} 行:{chinese}", name_en=f"Rule in row {numbered.number}: {english}"
    )
