"""The API's answers about departments, posts, persons, accounts, duty, rights and the audit log."""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from center.models import Time


class PeopleDepartment(Struct, frozen=True, kw_only=True):
    """A department of the city's tree.

    Attributes:
        parent: the code of the department above it.
        closed_at: since when it is no more; null while it is there.
    """

    code: str
    parent: str | None
    name: str
    name_en: str
    closed_at: Time | None


class PeopleDepartmentList(Struct, frozen=True, kw_only=True):
    """All departments."""

    departments: list[PeopleDepartment]


class Post(Struct, frozen=True, kw_only=True):
    """A post (岗位). Whoever holds it has its roles.

    Attributes:
        department: a code.
    """

    code: str
    department: str | None
    name: str
    name_en: str
    roles: list[str]


class PostList(Struct, frozen=True, kw_only=True):
    """All posts."""

    posts: list[Post]


class Person(Struct, frozen=True, kw_only=True):
    """A person.

    Attributes:
        person: the city's key for the person, such as a staff number.
        department: a code; `post` too.
        telephone: null for callers without the right people.administer.
        device: the id of the person's phone, the entity `person/{device}`; null likewise.
        left_at: since when the person is not with the city any more.
        accounts: logins.
    """

    person: str
    name: str
    department: str | None
    post: str | None
    telephone: str | None
    device: str | None
    left_at: Time | None
    accounts: list[str]


class PersonList(Struct, frozen=True, kw_only=True):
    """All persons."""

    persons: list[Person]


class Account(Struct, frozen=True, kw_only=True):
    """An account, with which a person signs on.

    Attributes:
        person: the key of its person.
        roles: its own roles.
        all_roles: including those of its person's post.
        districts: where it works; empty for everywhere.
        department: the code of its person's department; `post` likewise.
        enabled: whether it may sign on: it is not disabled, and its person has not left.
        used_at: the last use of one of its present sessions.
    """

    login: str
    display_name: str
    person: str | None
    roles: list[str]
    all_roles: list[str]
    districts: list[str]
    department: str | None
    post: str | None
    disabled_at: Time | None
    created_at: Time
    enabled: bool
    used_at: Time | None


class AccountList(Struct, frozen=True, kw_only=True):
    """All accounts."""

    accounts: list[Account]


class Duty(Struct, frozen=True, kw_only=True):
    """When a person is on duty.

    Attributes:
        department: of the person, a code.
        grid_cells: for which the person is responsible.
    """

    duty_id: int
    person: str
    name: str
    department: str | None
    starts_at: Time
    ends_at: Time
    grid_cells: list[str]
    note: str | None


class DutyList(Struct, frozen=True, kw_only=True):
    """Who is on duty in a period, by when it starts."""

    duties: list[Duty]


class RightsEntry(Struct, frozen=True, kw_only=True):
    """One row of the table of rights: this role may take this action.

    Attributes:
        stage: of the workflow; `*` for every one.
        holder: the pool that holds the case; `*` for every one.
        whose: any, department, assignee or opener.
        district: any, or own.
    """

    role: str
    action: str
    stage: str
    holder: str
    whose: str
    district: str


class RightsTable(Struct, frozen=True, kw_only=True):
    """The table of rights that holds.

    Attributes:
        version: to be sent with a change.
        own: whether it is the city's own; else the shipped one.
        changed_by: a login.
    """

    version: int
    own: bool
    changed_at: Time
    changed_by: str | None
    entries: list[RightsEntry]


class AuditEntry(Struct, frozen=True, kw_only=True):
    """What somebody looked at, or changed.

    Attributes:
        action: the right that was used, such as `staff_track.read`.
        subject: what it was used on: person/p1, account/li, a digest.
        client: the address that it came from.
    """

    audit_id: int
    at: Time
    login: str
    action: str
    subject: str
    detail: Annotated[dict[str, Any], Meta(description="What else there is to say.")]
    client: str | None


class AuditPage(Struct, frozen=True, kw_only=True):
    """A page of the audit log, newest first.

    Attributes:
        next_cursor: send it for the following page; null at the end.
    """

    entries: list[AuditEntry]
    next_cursor: str | None


STRUCTS: Final = (
    PeopleDepartmentList,
    PostList,
    PersonList,
    AccountList,
    DutyList,
    RightsTable,
    AuditPage,
)
"""What OpenAPI describes."""
