"""Who hears of what in a case, and when: a city's rules from `notices.toml`, and the notices that they make.

An event of a case makes notices: one for each rule that names it and each addressee of the rule. The accounts
of an addressee, such as the desk of a department, are found in the database (`casework.notices`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec

from cases.errors import PolicyError
from cases.events import CaseEvent
from cases.rights import PERSONS_ROLES
from cases.state import CaseState
from cases.toml_file import decode_toml
from cases.workflow.model import ACTIONS

_Name = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,31}$")]
_Words = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")]

NEVER_TOLD: Final = frozenset({"update"})
"""Actions that come with each report of a detector; the database does not offer them to the rules."""

_OF_TIME: Final = frozenset({"clock_warned", "clock_ran_out"})
_OF_REPORTS: Final = frozenset({"open", "join", "restore"})
_ROLE: Final = "role:"
_POOLS: Final = {"acceptors": ("acceptor",), "dispatchers": ("dispatcher",)}
_FIXED: Final = ("assignee", "holder", "department", "opener", "asker")


class AddresseeKind(StrEnum):
    """The kind of an addressee."""

    PERSON = "person"
    DESK = "desk"
    ROLE = "role"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Addressee:
    """To whom a notice goes: a login, the desk of a department (its code), or a role.

    One acknowledgement counts for all members of a desk or a role.
    """

    kind: AddresseeKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


class NoticeRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule, `[rules.NAME]`; `cases/data/notices.toml` explains each entry."""

    on: Annotated[list[_Name], msgspec.Meta(min_length=1)]
    to: Annotated[list[str], msgspec.Meta(min_length=1)]
    title: _Words
    title_en: _Words
    urgent: bool = False
    clocks: list[str] = []
    types: list[str] = []
    on_duty: bool = False
    channels: list[_Name] = []


class NoticeChannel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A channel, `[channels.NAME]`; `personal`: each person enters an address."""

    title: _Words
    title_en: _Words
    personal: bool


class Quiet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours without messages; `from_` and `to` may span midnight, and are equal for none."""

    from_: time = msgspec.field(name="from")
    to: time

    def ends_after(self, at: datetime, zone: tzinfo) -> datetime | None:
        """When the quiet hours that contain a time end; None if it is not in them."""
        local = at.astimezone(zone)
        now = local.time()
        if self.from_ == self.to:
            return None
        inside = self.from_ <= now < self.to if self.from_ < self.to else now >= self.from_ or now < self.to
        if not inside:
            return None
        day = local.date() + timedelta(days=1 if now >= self.to else 0)
        return datetime.combine(day, self.to, zone).astimezone(at.tzinfo)


class _Digest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    minutes: Annotated[int, msgspec.Meta(ge=0, le=1440)]


class _Tell(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    within_hours: Annotated[int, msgspec.Meta(ge=1, le=8760)]
    kept_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)]


class NoticeRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    quiet: Quiet
    digest: _Digest
    tell: _Tell
    channels: dict[_Name, NoticeChannel]
    rules: dict[_Name, NoticeRule]

    @classmethod
    def read(
        cls, text: str, *, file: str, clocks: Collection[str], types: Collection[str] | None
    ) -> NoticeRules:
        """Read the rules.

        Args:
            text: TOML.
            file: its name, for errors.
            clocks: the clocks of the workflow of new cases.
            types: the incident types of the policy; None if the rules may name others.

        Raises:
            PolicyError: an entry is wrong; the text names it.
        """
        found = decode_toml(text, cls, file=file)
        known = _KnownNames(
            actions=(ACTIONS | _OF_TIME | _OF_REPORTS) - NEVER_TOLD,
            clocks=frozenset(clocks) | _SHIPPED_CLOCKS,
            types=None if types is None else frozenset(types),
            channels=frozenset(found.channels),
        )
        for name, rule in found.rules.items():
            wrong = known.fault_of(rule)
            if wrong is not None:
                raise PolicyError(f"{file}: rules.{name}: {wrong}")
        return found


_SHIPPED_CLOCKS: Final = frozenset(
    {"accept", "dispatch", "take", "handle", "confirm", "close", "verify", "check"}
)
"""The clocks of the shipped workflows, so that the shipped rules serve each of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _KnownNames:
    actions: frozenset[str]
    clocks: frozenset[str]
    types: frozenset[str] | None
    channels: frozenset[str]

    def fault_of(self, rule: NoticeRule) -> str | None:
        """The first wrong entry of a rule, as a sentence."""
        for field, values, known in (
            ("on", rule.on, self.actions),
            ("clocks", rule.clocks, self.clocks),
            ("types", rule.types, self.types),
            ("channels", rule.channels, self.channels),
        ):
            for value in values:
                if known is not None and value not in known:
                    return f"{field} has {value!r}; it can be {', '.join(sorted(known))}"
        if rule.clocks and not _OF_TIME.issuperset(rule.on):
            return "clocks is only for clock_warned and clock_ran_out; remove it, or the other actions"
        for value in rule.to:
            role = value.removeprefix(_ROLE)
            if value not in _FIXED and not (value != role and role in PERSONS_ROLES):
                roles = ", ".join(f"{_ROLE}{each}" for each in sorted(PERSONS_ROLES))
                return f"to has {value!r}; it can be {', '.join(_FIXED)}, {roles}"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A notice that an event makes.

    Attributes:
        rule: the name of its rule.
        to: its addressee.
        on_duty: whether only those on duty hear of it, if anybody is.
    """

    rule: str
    to: Addressee
    urgent: bool
    on_duty: bool


def notices_of(
    rules: Mapping[str, NoticeRule], event: CaseEvent, *, before: CaseState | None, after: CaseState
) -> list[Wanted]:
    """The notices of an event, in the order of the rules: one for each rule and each of its addressees.

    Nobody is told of their own action.

    Args:
        rules: the city's rules by name.
        event: of the case.
        before: the case before it; None for the first event.
        after: the case after it.
    """
    found: list[Wanted] = []
    for name, rule in rules.items():
        if event.action not in rule.on:
            continue
        if rule.clocks and event.note not in rule.clocks:
            continue
        if rule.types and after.type not in rule.types:
            continue
        addressees = [each for word in rule.to for each in _addressees(word, before, after)]
        found += [
            Wanted(rule=name, to=to, urgent=rule.urgent, on_duty=rule.on_duty)
            for to in dict.fromkeys(addressees)
            if to != Addressee(kind=AddresseeKind.PERSON, name=event.actor)
        ]
    return found


def _addressees(word: str, before: CaseState | None, case: CaseState) -> list[Addressee]:
    if word.startswith(_ROLE):
        return [Addressee(kind=AddresseeKind.ROLE, name=word.removeprefix(_ROLE))]
    if word == "department":
        return _desk(case.department)
    if word == "holder":
        return _holder(case)
    login = {
        "assignee": case.assignee,
        "opener": case.opener,
        "asker": _asker(before),
    }[word]
    # an opener such as `camera/c01` has no account
    return [Addressee(kind=AddresseeKind.PERSON, name=login)] if login and "/" not in login else []


def _holder(case: CaseState) -> list[Addressee]:
    """Whose turn it is: the person with a task, the handler, the desk of the department, or a pool."""
    if case.task is not None or case.holder == "handler":
        return [Addressee(kind=AddresseeKind.PERSON, name=case.assignee)] if case.assignee else []
    if case.holder == "department":
        return _desk(case.department)
    return [Addressee(kind=AddresseeKind.ROLE, name=role) for role in _POOLS.get(case.holder, ())]


def _desk(department: str | None) -> list[Addressee]:
    return [Addressee(kind=AddresseeKind.DESK, name=department)] if department else []


def _asker(before: CaseState | None) -> str | None:
    """Who asked for what is decided now."""
    if before is None:
        return None
    asked: Mapping[str, Any] = before.deferral_asked or before.suspension_asked or {}
    by = asked.get("by") or (before.appeal_by or {}).get("asked")
    return str(by) if by else None


def send_at(now: datetime, *, urgent: bool, quiet: Quiet, digest_minutes: int, zone: tzinfo) -> datetime:
    """When a message about a notice goes to a channel.

    Args:
        now: when the notice was made.
        urgent: whether it waits for nothing.
        quiet: the person's quiet hours.
        digest_minutes: how long it waits for others.
        zone: the city's time zone.
    """
    if urgent:
        return now
    at = now + timedelta(minutes=digest_minutes)
    return quiet.ends_after(at, zone) or at
