"""Makes notices of the events of cases: who they go to, by the city's rules, its people and its duties.

Events wait in an outbox that their own transaction wrote. An event leaves it in the transaction that writes
its notices, so that each event is told exactly once, whichever program is killed.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cases import Actor, CaseError, CaseEvent, CasePolicy, CaseState, Rights, Role, timeline
from cases.notices import Addressee, AddresseeKind, Quiet, Wanted, notices_of, send_at
from store.case_history import history
from store.connection import UNREACHABLE, Connection
from store.departments import Departments, read_departments
from store.queries import load
from store.rights_table import read_rights

log = logging.getLogger(__name__)

_SQL = load("notices")
_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An enabled account.

    Attributes:
        actor: its roles and scope.
        on_duty: whether its person is on duty now.
        addresses: its address on each channel.
        quiet: its own quiet hours; None for the city's.
    """

    actor: Actor
    on_duty: bool
    addresses: Mapping[str, str]
    quiet: Quiet | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A notice that was written, with the accounts that it goes to.

    Attributes:
        number: the case.
        recipients: may be empty; then nobody has the role, or nobody of it may read the case.
    """

    notice_id: int
    wanted: Wanted
    number: str
    recipients: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round wrote.

    Attributes:
        notices: those that were written.
        is_all: whether no further event waits.
    """

    notices: tuple[Told, ...]
    is_all: bool


@dataclass(frozen=True, slots=True)
class Staff:
    """The city's accounts, its departments, and the rights in force.

    Args:
        members: all enabled accounts.
        departments: the tree.
        rights: the table.
    """

    members: tuple[Member, ...]
    departments: Departments
    rights: Rights

    def recipients(self, wanted: Wanted, case: CaseState, event: CaseEvent) -> tuple[Member, ...]:
        """The accounts that a notice goes to: of its addressee, who may read the case, but not who acted.

        A desk without members is replaced by the next one above it in the tree. If only those on duty should
        hear of it, and none of them is, all do.
        """
        found = tuple(
            each
            for each in self._members(wanted.to)
            if each.actor.name != event.actor and self.rights.allows_on(case, each.actor, "case.read")
        )
        present = tuple(each for each in found if each.on_duty)
        return present if wanted.on_duty and present else found

    def _members(self, to: Addressee) -> Iterable[Member]:
        if to.kind is AddresseeKind.PERSON:
            return [each for each in self.members if each.actor.name == to.name]
        if to.kind is AddresseeKind.ROLE:
            return [each for each in self.members if to.name in each.actor.roles]
        department = self.departments.find(to.name)
        while department is not None:
            desk = [
                each
                for each in self.members
                if each.actor.department == department.code and Role.DEPARTMENT_DESK in each.actor.roles
            ]
            if desk:
                return desk
            department = self.departments.find(department.parent)
        return []


async def read_staff(connection: Connection, *, at: datetime) -> Staff:
    """The staff at a time."""
    departments = await read_departments(connection)
    rows = await connection.fetch(_SQL["accounts"], at)
    scopes = {each: _words_below(departments, each) for each in {row["department"] for row in rows}}
    members = tuple(
        Member(
            actor=Actor(
                name=row["login"],
                person=row["person"],
                roles=frozenset(row["roles"]),
                department=row["department"],
                departments=scopes[row["department"]],
                districts=frozenset(row["districts"]),
            ),
            on_duty=row["on_duty"],
            addresses=row["addresses"] or {},
            quiet=None if row["quiet_from"] is None else Quiet(from_=row["quiet_from"], to=row["quiet_to"]),
        )
        for row in rows
    )
    return Staff(members, departments, (await read_rights(connection)).rights)


def _words_below(departments: Departments, top: str | None) -> frozenset[str]:
    """Codes and names that cases may have for a department and those below it."""
    found = {top} if top is not None else set()
    for code, department in departments.by_code.items():
        above: str | None = code
        while above is not None and above != top:
            parent = departments.by_code.get(above)
            above = parent.parent if parent is not None else None
        if top is not None and above == top:
            found |= {department.code, *departments.words_for(department.code)}
    return frozenset(found)


async def tell(
    connection: Connection, *, policy: CasePolicy, at: datetime, channels: Collection[str] = ()
) -> Round:
    """Write the notices of some events that wait, the oldest first, in one transaction.

    An event whose case cannot be read stays in the outbox and is tried again after growing pauses; it does
    not delay others.

    Args:
        connection: not in a transaction.
        policy: the city's decisions.
        at: now.
        channels: those that this worker can reach; messages for others are not queued.
    """
    rules = policy.notices
    found: list[Told] = []
    async with connection.transaction():
        await connection.execute(_SQL["drop_stale"], at - timedelta(hours=rules.tell.within_hours))
        rows = await connection.fetch(_SQL["take"], _AT_ONCE)
        if not rows:
            return Round(notices=(), is_all=True)
        named = {action for rule in rules.rules.values() for action in rule.on}
        staff: Staff | None = None
        for row in rows:
            event_id: int = row["event_id"]
            try:
                if row["action"] in named:
                    staff = staff or await read_staff(connection, at=at)
                    async with connection.transaction():
                        told = await _tell_of(connection, _Event(**row), policy=policy, staff=staff, at=at)
                        for each in told:
                            await _queue_messages(connection, each, policy, channels, at)
                    found += told
                await connection.execute(_SQL["done"], event_id)
            except UNREACHABLE:
                raise
            except CaseError as error:
                await connection.execute(_SQL["put_off"], event_id)
                log.warning(
                    "nobody could be told of event %d of a case (%s); tried again later", event_id, error
                )
            except Exception:
                await connection.execute(_SQL["put_off"], event_id)
                log.exception(
                    "nobody could be told of event %d of a case; please report this defect", event_id
                )
    return Round(notices=tuple(found), is_all=len(rows) < _AT_ONCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """A row of the outbox, with its event."""

    event_id: int
    case_id: UUID
    sequence: int
    action: str


async def _tell_of(
    connection: Connection, queued: _Event, *, policy: CasePolicy, staff: Staff, at: datetime
) -> list[Told]:
    before: CaseState | None = None
    for event, after in timeline(await history(connection, queued.case_id)):
        if event.sequence == queued.sequence:
            break
        before = after
    else:
        raise CaseError(f"event {queued.sequence} of case {queued.case_id} is not in its history")
    rules = policy.notices.rules
    told = []
    for wanted in notices_of(rules, event, before=before, after=after):
        rule = rules[wanted.rule]
        notice_id = await connection.fetchval(
            _SQL["add"],
            queued.event_id,
            queued.case_id,
            wanted.rule,
            str(wanted.to),
            rule.title,
            rule.title_en,
            wanted.urgent,
            event.at,
            at,
        )
        recipients = staff.recipients(wanted, after, event)
        await connection.execute(_SQL["add_recipients"], notice_id, [each.actor.name for each in recipients])
        told.append(Told(notice_id=notice_id, wanted=wanted, number=after.number, recipients=recipients))
    return told


async def _queue_messages(
    connection: Connection, told: Told, policy: CasePolicy, channels: Collection[str], at: datetime
) -> None:
    messages = list(_messages(told, policy, channels, at))
    if messages:
        await connection.execute(
            _SQL["add_deliveries"], told.notice_id, *map(list, zip(*messages, strict=True))
        )


def _messages(
    told: Told, policy: CasePolicy, channels: Collection[str], at: datetime
) -> Iterator[tuple[str, str, datetime]]:
    """The messages about a notice: channel, address, and when each goes."""
    rules = policy.notices
    for name in rules.rules[told.wanted.rule].channels:
        if name not in channels:
            continue
        to: list[tuple[str, Quiet | None]] = (
            [(each.addresses[name], each.quiet) for each in told.recipients if name in each.addresses]
            if rules.channels[name].personal
            else [("", None)]
        )
        for address, quiet in to:
            yield (
                name,
                address,
                send_at(
                    at,
                    urgent=told.wanted.urgent,
                    quiet=quiet or rules.quiet,
                    digest_minutes=rules.digest.minutes,
                    zone=policy.calendar.zone,
                ),
            )
