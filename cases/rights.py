"""Who may do what: one table of rights, by role, action, stage, holder, relation to the case, and district.

The table is data. Each entry allows something; no entry forbids, and what no entry allows is refused. The
table that comes with Streetwarden is `cases/data/rights.csv`; a city edits its own copy in the database.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, Self

from cases.errors import RightsError
from cases.scopes import EVERYTHING, Portion, Scope
from cases.state import CaseState

COLUMNS: Final = ("role", "action", "stage", "holder", "whose", "district")
ANY: Final = "*"
"""In the columns stage and holder: any."""


class Role(StrEnum):
    """The role of a person in the city. `SYSTEM` is for programs and devices; no person has it."""

    PATROL = "patrol"
    ACCEPTOR = "acceptor"
    SHIFT_LEAD = "shift_lead"
    DISPATCHER = "dispatcher"
    DEPARTMENT_DESK = "department_desk"
    HANDLER = "handler"
    INSPECTOR = "inspector"
    LEADER = "leader"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


PERSONS_ROLES: Final = frozenset(Role) - {Role.SYSTEM}
"""The roles that an account of a person can have."""

ACTIONS: Final = frozenset(
    {
        "audit.read", "camera.read", "city.read", "duty.administer", "evidence.original", "evidence.read",
        "exchange.administer", "export.read", "history.read", "incident.read", "live.read",
        "people.administer", "people.read", "rights.administer", "shift.hand_over",
        "staff_live.read", "staff_track.read", "system.read",
    }
)  # fmt: skip
"""All actions except those on cases, `case.…`, which the city's workflow names (`cases/workflow.py`)."""

WITHOUT_PLACE: Final = frozenset(
    {
        "audit.read", "city.read", "duty.administer", "exchange.administer", "people.administer",
        "people.read", "rights.administer", "shift.hand_over", "system.read",
    }
)  # fmt: skip
"""Actions without a case or a place, whose entries cannot be limited."""

KEPT: Final = frozenset({"people.administer", "rights.administer"})
"""Actions that administrators must keep, because otherwise nobody could change the table."""

_ACTION: Final = re.compile(r"[a-z][a-z0-9_]{0,31}\.[a-z][a-z0-9_]{0,31}")
_NAME: Final = re.compile(r"\*|[a-z][a-z0-9_]{0,47}")
_MAX_ENTRIES: Final = 10_000


class Whose(StrEnum):
    """How the case must be related to the actor."""

    ANY = "any"
    DEPARTMENT = "department"
    """The actor's department, or one below it, is responsible."""
    ASSIGNEE = "assignee"
    """The case, or its task, is assigned to the actor."""
    OPENER = "opener"
    """The actor reported or opened it."""


class Reach(StrEnum):
    """The districts in which an entry applies."""

    ANY = "any"
    OWN = "own"
    """In the actor's districts; an account without districts has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The person, program or device that acts.

    Attributes:
        name: an account's login, or the program or device: `system/worker`, `camera/c01`.
        person: the key of the person whose account it is.
        department: the code of the person's department.
        departments: all codes and names, in cases, of that department and those below it.
        districts: where the actor works; empty for everywhere.
    """

    name: str
    person: str | None = None
    roles: frozenset[str] = frozenset()
    department: str | None = None
    departments: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()

    @classmethod
    def system(cls, name: str) -> Self:
        """A program or a device of ours."""
        return cls(name=name, roles=frozenset({Role.SYSTEM}))

    @property
    def is_system(self) -> bool:
        """Whether this is a program or a device."""
        return Role.SYSTEM in self.roles

    def is_of(self, department: str | None) -> bool:
        """Whether a department is the actor's, or below it."""
        return department is not None and (department == self.department or department in self.departments)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Entry:
    """One row of the table: this role may do this action.

    Attributes:
        action: such as `case.dispatch`.
        stage: only in this stage of the case; `*` for any.
        holder: only while this pool holds the case; `*` for any.
    """

    role: Role
    action: str
    stage: str = ANY
    holder: str = ANY
    whose: Whose = Whose.ANY
    district: Reach = Reach.OWN

    @classmethod
    def read(cls, cells: Mapping[str, str], *, where: str) -> Self:
        """Check the cells of a row.

        Args:
            cells: by the names of `COLUMNS`.
            where: the row, for the error.

        Raises:
            RightsError: a cell is wrong; the text says which values it can have.
        """
        role, action = cells["role"], cells["action"]
        if role not in PERSONS_ROLES:
            raise RightsError(f"{where}: role {role!r} must be one of {', '.join(sorted(PERSONS_ROLES))}")
        if not _ACTION.fullmatch(action) or not (action in ACTIONS or action.startswith("case.")):
            raise RightsError(
                f"{where}: action {action!r} must be case.… with the name of an action of the workflow, "
                f"or one of {', '.join(sorted(ACTIONS))}"
            )
        for column in ("stage", "holder"):
            if not _NAME.fullmatch(cells[column]):
                raise RightsError(f"{where}: {column} {cells[column]!r} must be a name of the workflow, or *")
        if cells["whose"] not in set(Whose):
            raise RightsError(f"{where}: whose {cells['whose']!r} must be one of {', '.join(Whose)}")
        if cells["district"] not in set(Reach):
            raise RightsError(f"{where}: district {cells['district']!r} must be any or own")
        entry = cls(
            role=Role(role),
            action=action,
            stage=cells["stage"],
            holder=cells["holder"],
            whose=Whose(cells["whose"]),
            district=Reach(cells["district"]),
        )
        entry._check_limits(where)
        return entry

    def _check_limits(self, where: str) -> None:
        limited = (self.stage, self.holder) != (ANY, ANY)
        if limited and (self.action == "case.read" or not self.action.startswith("case.")):
            raise RightsError(f"{where}: {self.action} cannot be limited to a stage or a holder; write *")
        if self.action in WITHOUT_PLACE and (self.whose, self.district) != (Whose.ANY, Reach.ANY):
            raise RightsError(f"{where}: {self.action} concerns no place; write any for whose and district")

    def cells(self) -> dict[str, str]:
        """The row as text, by column."""
        return {column: str(getattr(self, column)) for column in COLUMNS}


@dataclass(frozen=True, slots=True)
class Rights:
    """A table of rights.

    Raises:
        RightsError: administrators could not administer people and rights, so nobody could correct it.
    """

    entries: frozenset[Entry]
    _by_role: Mapping[tuple[str, str], tuple[Entry, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        for action in sorted(KEPT):
            if not any(each.role is Role.ADMINISTRATOR and each.action == action for each in self.entries):
                raise RightsError(
                    f"the role administrator must keep {action}, or nobody could change this table again"
                )
        found: dict[tuple[str, str], list[Entry]] = {}
        for entry in sorted(self.entries):
            found.setdefault((entry.role, entry.action), []).append(entry)
        by_role = MappingProxyType({key: tuple(entries) for key, entries in found.items()})
        object.__setattr__(self, "_by_role", by_role)

    @classmethod
    @cache
    def shipped(cls) -> Self:
        """The table for cities without one of their own."""
        text = files("cases").joinpath("data", "rights.csv").read_text(encoding="utf-8")
        return cls.read(text.splitlines(), file="cases/data/rights.csv")

    @classmethod
    def read(cls, lines: Iterable[str], *, file: str) -> Self:
        """Read a table from CSV.

        Args:
            lines: the file, with the columns of `COLUMNS`.
            file: its name, for errors.

        Raises:
            RightsError: a row is wrong or repeated; the text names it.
        """
        reader = csv.DictReader(lines)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise RightsError(f"{file}: the first line must be {','.join(COLUMNS)}")
        entries: set[Entry] = set()
        for row in reader:
            where = f"{file}:{reader.line_num}"
            if None in row or None in row.values():
                raise RightsError(f"{where}: expected {len(COLUMNS)} columns")
            entry = Entry.read(row, where=where)
            if entry in entries:
                raise RightsError(f"{where}: this row is a repetition; remove it")
            entries.add(entry)
            if len(entries) > _MAX_ENTRIES:
                raise RightsError(f"{file}: a table has {_MAX_ENTRIES} rows at most")
        return cls(frozenset(entries))

    def rows(self) -> list[dict[str, str]]:
        """The table as text, in order."""
        return [entry.cells() for entry in sorted(self.entries)]

    def allows(
        self,
        actor: Actor,
        action: str,
        *,
        stage: str | None = None,
        holder: str | None = None,
        department: str | None = None,
        district: str | None = None,
        assignee: str | None = None,
        opener: str | None = None,
    ) -> bool:
        """Whether an actor may do an action on something.

        None means that the thing does not have the property, so an entry that requires it does not match; use
        `allows_somewhere` without a thing. Programs and devices may do everything.

        Args:
            actor: who acts.
            action: such as `case.dispatch` or `history.read`.
            stage: of the case.
            holder: the pool that holds the case now.
            department: the responsible department of the case.
            district: of the case or the place.
            assignee: the login to which the case, or its task, is assigned.
            opener: the login that reported or opened the case.
        """
        if actor.is_system:
            return True
        return any(
            entry.stage in (ANY, stage)
            and entry.holder in (ANY, holder)
            and _portion(entry, actor).contains(
                district=district, department=department, assignee=assignee, opener=opener
            )
            for entry in self._entries(actor, action)
        )

    def allows_on(self, case: CaseState, actor: Actor, action: str) -> bool:
        """Whether an actor may do something to a case, in its present state."""
        return self.allows(
            actor,
            action,
            stage=case.stage,
            holder=case.holder,
            department=case.department,
            district=case.district,
            assignee=case.assignee,
            opener=case.opener,
        )

    def allows_somewhere(self, actor: Actor, action: str) -> bool:
        """Whether there can be anything on which an actor may do an action."""
        return actor.is_system or any(True for _ in self._entries(actor, action))

    def scope(self, actor: Actor, action: str) -> Scope:
        """What an actor may see with an action without stages, such as `case.read`."""
        if actor.is_system:
            return EVERYTHING
        portions = frozenset(_portion(entry, actor) for entry in self._entries(actor, action))
        return EVERYTHING if Portion() in portions else Scope(portions)

    def actions_of(self, actor: Actor) -> frozenset[str]:
        """The actions that an actor may do somewhere."""
        return frozenset(entry.action for entry in self.entries if entry.role in actor.roles)

    def _entries(self, actor: Actor, action: str) -> Iterator[Entry]:
        for role in actor.roles:
            yield from self._by_role.get((role, action), ())


def _portion(entry: Entry, actor: Actor) -> Portion:
    """The cases or places that an entry allows an actor."""
    own = {actor.department} if actor.department is not None else set()
    return Portion(
        districts=actor.districts if entry.district is Reach.OWN and actor.districts else None,
        departments=actor.departments | own if entry.whose is Whose.DEPARTMENT else None,
        assignee=actor.name if entry.whose is Whose.ASSIGNEE else None,
        opener=actor.name if entry.whose is Whose.OPENER else None,
    )
