"""What a city decides about its cases: which incident becomes which code, by when, and who could handle it.

It is a folder of two files that a city edits: `policy.toml` and `codes.csv`. Those shipped stand in
`cases/data/` and say what each entry means.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from cases.clocks import CaseClock, Limit, deadline
from cases.codes import Category, CodeTable, ComponentCode, TypeName
from cases.errors import PolicyError
from cases.numbering import Numbering
from cases.office import OfficeCalendar
from cases.state import CaseState

_Code = Annotated[str, msgspec.Meta(pattern="^[0-9]{4}$")]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_ANY_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)


class _Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    category: Category
    code_set: _Name
    code: _Code
    title: _Name
    title_en: _Name
    limit: Limit
    department: _Name | None = None


class _Department(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: _Name
    name_en: _Name


class _Office(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    hours: list[tuple[time, time]]
    weekdays: list[Annotated[int, msgspec.Meta(ge=1, le=7)]]
    holidays: list[date] = []
    make_up_days: list[date] = []


class _Numbering(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    prefix: str
    digits: int


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    time_zone: str
    departments: list[_Department]
    numbering: _Numbering
    office: _Office
    otherwise: _Rule
    incident: dict[str, _Rule]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRule:
    """What an incident type becomes.

    Attributes:
        code: class and subclass, 4 digits. For a component case, what holds when the component's own class
            isn't known.
        department: the one to propose for dispatch.
    """

    category: Category
    code_set: str
    code: str
    title: str
    title_en: str
    limit: Limit
    department: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a new case is about, and by when it must be handled."""

    category: Category
    code_set: str
    code: str
    deadline_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePolicy:
    """A city's decisions.

    Attributes:
        rules: by incident type.
        otherwise: for incident types that the city hasn't decided about: nothing is dropped.
        departments: who can be responsible, by the name that cases keep.
        numbering: how cases are numbered.
        calendar: when the offices work.
        codes: the lists of codes.
    """

    rules: Mapping[str, IncidentRule]
    otherwise: IncidentRule
    departments: Mapping[str, TypeName]
    numbering: Numbering
    calendar: OfficeCalendar
    codes: CodeTable

    @classmethod
    def load(cls, folder: Path | str | None = None) -> Self:
        """Read a policy.

        Args:
            folder: with `policy.toml` and `codes.csv`; what is missing there is taken from those shipped,
                as is everything without a folder.

        Raises:
            PolicyError: the folder or an entry is wrong; the text names it.
        """
        if folder and not Path(folder).is_dir():
            raise PolicyError(f"there is no case policy folder {folder}; make it, or leave the setting empty")
        own = Path(folder) if folder else None
        policy, policy_name = _text(own, "policy.toml")
        codes, codes_name = _text(own, "codes.csv")
        return cls.parse(policy, policy_name, CodeTable.read(codes.splitlines(), file=codes_name))

    @classmethod
    def parse(cls, text: str, file: str, codes: CodeTable) -> Self:
        """Read a policy from its text.

        Raises:
            PolicyError: an entry is wrong, or names a code that the lists don't have.
        """
        try:
            read = msgspec.convert(tomllib.loads(text), _File)
            zone = ZoneInfo(read.time_zone)
        except tomllib.TOMLDecodeError as error:
            raise PolicyError(f"{file} is not valid TOML: {error}") from None
        except msgspec.ValidationError as error:
            raise PolicyError(f"{file}: {error}") from None
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise PolicyError(
                f"{file}: time_zone {read.time_zone!r} is not known here; use one such as Asia/Shanghai"
            ) from None
        departments = {each.name: TypeName(name=each.name, name_en=each.name_en) for each in read.departments}
        for name, entry in {**read.incident, "otherwise": read.otherwise}.items():
            if codes.find(entry.code_set, entry.category, entry.code) is None:
                raise PolicyError(
                    f"{file}: {name}: the lists have no {entry.category} {entry.code} in set {entry.code_set}"
                )
            if entry.department is not None and entry.department not in departments:
                raise PolicyError(
                    f"{file}: {name}: department {entry.department!r} is not one of departments"
                )
        try:
            policy = cls(
                rules=MappingProxyType({name: _rule(rule) for name, rule in read.incident.items()}),
                otherwise=_rule(read.otherwise),
                departments=MappingProxyType(departments),
                numbering=Numbering(prefix=read.numbering.prefix, digits=read.numbering.digits, zone=zone),
                calendar=OfficeCalendar(
                    zone=zone,
                    hours=tuple(read.office.hours),
                    weekdays=frozenset(day - 1 for day in read.office.weekdays),
                    holidays=frozenset(read.office.holidays),
                    make_up_days=frozenset(read.office.make_up_days),
                ),
                codes=codes,
            )
            for rule in (*policy.rules.values(), policy.otherwise):
                # Better now than when a case is to be opened.
                deadline(CaseClock(limit=rule.limit, started_at=_ANY_TIME), policy.calendar)
        except PolicyError as error:
            raise PolicyError(f"{file}: {error}") from None
        return policy

    def rule(self, incident_type: str) -> IncidentRule:
        """What is decided about an incident type."""
        return self.rules.get(incident_type, self.otherwise)

    def handling_limit(self, case: CaseState) -> Limit:
        """How long the handling of a case may take."""
        return self.rule(case.type or "").limit

    def title(self, incident_type: str) -> TypeName:
        """What cases of this type are called; an undecided type keeps its own word beside it."""
        rule = self.rule(incident_type)
        if incident_type in self.rules:
            return TypeName(name=rule.title, name_en=rule.title_en)
        return TypeName(name=f"{rule.title} ({incident_type})", name_en=f"{rule.title_en} ({incident_type})")

    def department_en(self, department: str | None) -> str | None:
        """A department's name in English; None for one that the city no longer has, and for none."""
        known = self.departments.get(department) if department is not None else None
        return known.name_en if known is not None else None

    def opening(
        self,
        incident_type: str,
        *,
        at: datetime,
        component: str | None = None,
        known_class: tuple[str, str] | None = None,
    ) -> Opening:
        """What a case is about that an incident opens.

        Args:
            incident_type: of the incident.
            at: when the case is opened.
            component: the component concerned, where it is one.
            known_class: code set and class that the component has in the city's own list.

        Raises:
            CodeError: the component's code isn't well formed.
        """
        rule = self.rule(incident_type)
        code_set, code = rule.code_set, rule.code
        if rule.category is Category.COMPONENT and component is not None:
            said = ComponentCode.parse(component).type
            if known_class is not None:
                code_set, code = known_class
            elif self.codes.find(code_set, rule.category, said) is not None:
                code = said
        return Opening(
            category=rule.category,
            code_set=code_set,
            code=code,
            deadline_at=_deadline(at, rule.limit, self.calendar),
        )


def _deadline(at: datetime, limit: Limit, calendar: OfficeCalendar) -> datetime:
    found = deadline(CaseClock(limit=limit, started_at=at), calendar)
    assert found is not None, "a clock that was never paused has a deadline"
    return found


def _rule(rule: _Rule) -> IncidentRule:
    return IncidentRule(
        category=rule.category,
        code_set=rule.code_set,
        code=rule.code,
        title=rule.title,
        title_en=rule.title_en,
        limit=rule.limit,
        department=rule.department,
    )


def _text(own: Path | None, name: str) -> tuple[str, str]:
    found: Traversable = files("cases").joinpath("data", name)
    if own is not None and (own / name).is_file():
        found = own / name
    try:
        return found.read_text(encoding="utf-8"), str(found) if own is not None else f"cases/data/{name}"
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{found} cannot be read as UTF-8 text ({error})") from None
