"""The queues of the case desk: for each role, the cases that wait for it. Pure.

A queue is only a filter of open cases, so its count leads to a list of exactly the counted cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from cases.rights import Actor, Role
from store.case_filter import CaseFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Cases that wait for something.

    Attributes:
        name: in addresses.
        title: its name in Chinese; `title_en` in English.
        filter: the filter; all matching cases are open.
    """

    name: str
    title: str
    title_en: str
    filter: CaseFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    name: str
    title: str
    title_en: str
    roles: frozenset[Role]
    make: Callable[[Actor], CaseFilter | None]


def _of(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


def _own_department(actor: Actor, holder: str) -> CaseFilter | None:
    names = actor.departments | ({actor.department} if actor.department is not None else set())
    return CaseFilter(open=True, holders=(holder,), departments=tuple(sorted(names))) if names else None


_LOOKING_ON: Final = _of(Role.INSPECTOR, Role.LEADER, Role.ADMINISTRATOR)
_CENTRES: Final = _of(Role.ACCEPTOR, Role.SHIFT_LEAD, Role.DISPATCHER)

_KINDS: Final = (
    _Kind(
        name="mine", title="我的案件", title_en="Assigned to me",
        roles=_of(Role.HANDLER, Role.PATROL, Role.DEPARTMENT_DESK, Role.ACCEPTOR, Role.DISPATCHER),
        make=lambda actor: CaseFilter(open=True, assignee=actor.name),
    ),
    _Kind(
        name="acceptors", title="待受理与核查", title_en="With the acceptors",
        roles=_of(Role.ACCEPTOR, Role.SHIFT_LEAD),
        make=lambda _: CaseFilter(open=True, holders=("acceptors",)),
    ),
    _Kind(
        name="dispatchers", title="待派遣", title_en="With the dispatchers",
        roles=_of(Role.DISPATCHER, Role.SHIFT_LEAD),
        make=lambda _: CaseFilter(open=True, holders=("dispatchers",)),
    ),
    _Kind(
        name="department", title="本部门待办", title_en="With my department",
        roles=_of(Role.DEPARTMENT_DESK), make=lambda actor: _own_department(actor, "department"),
    ),
    _Kind(
        name="handlers", title="处置人员在办", title_en="With our handlers",
        roles=_of(Role.DEPARTMENT_DESK), make=lambda actor: _own_department(actor, "handler"),
    ),
    _Kind(
        name="departments", title="各部门处置中", title_en="With all departments",
        roles=_of(Role.DISPATCHER, Role.SHIFT_LEAD) | _LOOKING_ON,
        make=lambda _: CaseFilter(open=True, holders=("department", "handler")),
    ),
    _Kind(
        name="reported_by_me", title="我上报的", title_en="Reported by me",
        roles=_of(Role.PATROL) | _CENTRES,
        make=lambda actor: CaseFilter(open=True, opener=actor.name),
    ),
    _Kind(
        name="urged", title="督办待答复", title_en="Urged, not answered",
        roles=_CENTRES | _LOOKING_ON | _of(Role.DEPARTMENT_DESK),
        make=lambda _: CaseFilter(open=True, urged=True),
    ),
    _Kind(
        name="key", title="重点案件", title_en="Key cases",
        roles=_CENTRES | _LOOKING_ON, make=lambda _: CaseFilter(open=True, key_case=True),
    ),
    _Kind(
        name="suspended", title="挂账", title_en="Suspended",
        roles=_CENTRES | _LOOKING_ON, make=lambda _: CaseFilter(open=True, suspended=True),
    ),
    _Kind(
        name="asked", title="延期挂账申请", title_en="Deferrals and suspensions asked for",
        roles=_of(Role.DISPATCHER, Role.SHIFT_LEAD), make=lambda _: CaseFilter(open=True, asked=True),
    ),
    _Kind(
        name="all", title="全部未结", title_en="All that are open",
        roles=frozenset(Role), make=lambda _: CaseFilter(open=True),
    ),
)  # fmt: skip


def queues_of(actor: Actor) -> Iterator[Queue]:
    """The queues of an actor, in the order in which they are shown; their scope limits them further."""
    for kind in _KINDS:
        if kind.roles & actor.roles or actor.is_system:
            chosen = kind.make(actor)
            if chosen is not None:
                yield Queue(name=kind.name, title=kind.title, title_en=kind.title_en, filter=chosen)
