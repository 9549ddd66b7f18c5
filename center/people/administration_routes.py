"""Departments, posts, persons, accounts, duty, rights and the audit log."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from cases import Role
from center.people import administration_models as models
from center.people.access import Caller, ServicesDep, may, may_change
from center.people.administration import AuditFilter
from center.people.passwords import LONGEST
from center.web.answers import Json, Refusal, answers
from center.web.parameters import EARLIEST, LARGEST_INTEGER, LATEST, Cursor, Moment, Text
from store import people
from store.accounts import AccountChange

router = APIRouter(prefix="/people", default_response_class=Response, tags=["people"])

_LONGEST_PERIOD: Final = timedelta(days=366)
_DONE: Final = (400, 403, 409, 413)
_PERSONS_ROLE = Annotated[Role, Field(json_schema_extra={"not": {"const": "system"}})]

Code = Annotated[Text, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
PathCode = Annotated[Text, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
Key = Annotated[Text, Path(min_length=1, max_length=64)]
Name = Annotated[Text, Field(min_length=1, max_length=100)]
District = Annotated[str, Field(pattern="^[0-9]{6}$")]
Cell = Annotated[str, Field(pattern="^[0-9]{14,16}$")]
NewPassword = Annotated[
    Text, Field(min_length=1, max_length=LONGEST, description="At least 15 characters, and hard to guess.")
]

Looker = Annotated[Caller, Depends(may("people.read"))]
Administrator = Annotated[Caller, Depends(may("people.administer"))]
Changer = Annotated[Caller, Depends(may_change("people.administer"))]
DutyPlanner = Annotated[Caller, Depends(may_change("duty.administer"))]
RightsChanger = Annotated[Caller, Depends(may_change("rights.administer"))]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DepartmentBody(_Body):
    """What a department is."""

    parent: Annotated[Code | None, Field(description="The code of the department above it.")] = None
    name: Name
    name_en: Name
    closed: bool = False


class PostBody(_Body):
    """What a post is."""

    department: Code | None = None
    name: Name
    name_en: Name
    roles: Annotated[list[_PERSONS_ROLE], Field(max_length=20)] = []


class PersonBody(_Body):
    """Who a person is."""

    name: Name
    department: Code | None = None
    post: Code | None = None
    telephone: Annotated[Text | None, Field(max_length=40)] = None
    device: Annotated[
        Text | None, Field(min_length=1, max_length=64, description="The id of the person's phone.")
    ] = None
    left: Annotated[bool, Field(description="The person has left: the person's accounts are closed.")] = False


class NewAccount(_Body):
    """An account to be added. Without a person it gets one of its own login."""

    login: Annotated[Text, Field(min_length=1, max_length=64)]
    display_name: Name
    password: NewPassword
    roles: Annotated[list[_PERSONS_ROLE], Field(max_length=20)]
    districts: Annotated[list[District], Field(max_length=1000, description="None for everywhere.")] = []
    person: Annotated[Text | None, Field(min_length=1, max_length=64)] = None
    department: Annotated[
        Text | None, Field(min_length=1, max_length=100, description="By code or name.")
    ] = None


class AccountBody(_Body):
    """What of an account becomes different; what is left out stays."""

    display_name: Name | None = None
    roles: Annotated[list[_PERSONS_ROLE] | None, Field(max_length=20)] = None
    districts: Annotated[list[District] | None, Field(max_length=1000)] = None
    person: Annotated[
        Text | None, Field(min_length=1, max_length=64, description="null: it is nobody's any more.")
    ] = None
    disabled: bool | None = None


class PasswordBody(_Body):
    """A new password for somebody's account."""

    password: NewPassword


class DutyBody(_Body):
    """When a person is on duty, and for which cells."""

    person: Annotated[Text, Field(min_length=1, max_length=64)]
    starts_at: Moment
    ends_at: Moment
    grid_cells: Annotated[list[Cell], Field(max_length=1000)] = []
    note: Annotated[Text | None, Field(max_length=200)] = None

    def duty(self) -> people.Duty:
        """The duty."""
        return people.Duty(
            person=self.person,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            grid_cells=frozenset(self.grid_cells),
            note=self.note or None,
        )


class EntryBody(_Body):
    """One row of the table of rights."""

    role: Annotated[Text, Field(max_length=40)]
    action: Annotated[Text, Field(max_length=80)]
    stage: Annotated[Text, Field(max_length=48)] = "*"
    holder: Annotated[Text, Field(max_length=48)] = "*"
    whose: Annotated[Text, Field(max_length=40)] = "any"
    district: Annotated[Text, Field(max_length=40)] = "own"


class RightsBody(_Body):
    """The whole table of rights."""

    expected_version: Annotated[
        int, Field(ge=1, le=LARGEST_INTEGER, description="The version that was changed; else 409.")
    ]
    entries: Annotated[
        list[EntryBody] | None, Field(max_length=10_000, description="null for the shipped table.")
    ]


@router.get(
    "/departments", operation_id="listDepartments",
    responses=answers(models.PeopleDepartmentList, "All of them.", 403),
    dependencies=[Depends(may("people.read"))],
)  # fmt: skip
async def departments(services: ServicesDep) -> Response:
    """The city's departments, a tree."""
    return Json(await services.administration.departments())


@router.put(
    "/departments/{code}", operation_id="setDepartment",
    responses=answers(models.PeopleDepartmentList, "All of them, after it.", *_DONE),
)  # fmt: skip
async def set_department(
    code: PathCode, wanted: DepartmentBody, caller: Changer, services: ServicesDep
) -> Response:
    """Add a department, or change it. A closed one stays on record, because cases name it."""
    await services.administration.set_department(
        caller,
        people.Department(
            code=code, parent=wanted.parent, name=wanted.name, name_en=wanted.name_en, closed=wanted.closed
        ),
    )
    return Json(await services.administration.departments())


@router.get(
    "/posts", operation_id="listPosts",
    responses=answers(models.PostList, "All of them.", 403), dependencies=[Depends(may("people.read"))],
)  # fmt: skip
async def posts(services: ServicesDep) -> Response:
    """The posts, with the roles that they bring."""
    return Json(await services.administration.posts())


@router.put(
    "/posts/{code}", operation_id="setPost",
    responses=answers(models.PostList, "All of them, after it.", *_DONE),
)  # fmt: skip
async def set_post(code: PathCode, wanted: PostBody, caller: Changer, services: ServicesDep) -> Response:
    """Add a post, or change it; its roles hold with the next request of whoever holds it."""
    await services.administration.set_post(
        caller,
        people.Post(
            code=code,
            department=wanted.department,
            name=wanted.name,
            name_en=wanted.name_en,
            roles=_roles(wanted.roles),
        ),
    )
    return Json(await services.administration.posts())


@router.get("/persons", operation_id="listPersons", responses=answers(models.PersonList, "All of them.", 403))
async def persons(caller: Looker, services: ServicesDep) -> Response:
    """The persons. Telephones and devices are for whoever administers people."""
    return Json(await services.administration.persons(private=caller.may("people.administer")))


@router.put(
    "/persons/{person}", operation_id="setPerson",
    responses=answers(models.PersonList, "All of them, after it.", *_DONE),
)  # fmt: skip
async def set_person(person: Key, wanted: PersonBody, caller: Changer, services: ServicesDep) -> Response:
    """Add a person, or change one."""
    await services.administration.set_person(
        caller,
        people.Person(
            person=person,
            name=wanted.name,
            department=wanted.department,
            post=wanted.post,
            telephone=wanted.telephone or None,
            device=wanted.device,
            left=wanted.left,
        ),
    )
    return Json(await services.administration.persons(private=True))


@router.get(
    "/accounts", operation_id="listAccounts",
    responses=answers(models.AccountList, "All of them.", 403),
    dependencies=[Depends(may("people.administer"))],
)  # fmt: skip
async def accounts(services: ServicesDep) -> Response:
    """The accounts, with what each may do."""
    return Json(await services.administration.accounts())


@router.post(
    "/accounts", operation_id="addAccount", status_code=201,
    responses=answers(models.AccountList, "All of them, after it.", *_DONE, 429, status=201),
)  # fmt: skip
async def add_account(wanted: NewAccount, caller: Changer, services: ServicesDep) -> Response:
    """Add an account."""
    password_hash = await services.sign_on.hash_of(
        wanted.password, known_words=[wanted.login, wanted.display_name]
    )
    await services.administration.add_account(
        caller,
        login=wanted.login,
        display_name=wanted.display_name,
        password_hash=password_hash,
        roles=sorted(_roles(wanted.roles)),
        districts=wanted.districts,
        person=wanted.person,
        department=wanted.department,
    )
    return Json(await services.administration.accounts(), status_code=201)


@router.patch(
    "/accounts/{login}", operation_id="changeAccount",
    responses=answers(models.AccountList, "All of them, after it.", *_DONE),
)  # fmt: skip
async def change_account(login: Key, wanted: AccountBody, caller: Changer, services: ServicesDep) -> Response:
    """Change what an account may do. It holds with its next request; if it is disabled, its sessions end."""
    await services.administration.change_account(
        caller,
        login,
        AccountChange(
            display_name=wanted.display_name,
            roles=None if wanted.roles is None else _roles(wanted.roles),
            districts=wanted.districts,
            person=wanted.person,
            without_person=wanted.person is None and "person" in wanted.model_fields_set,
            disabled=wanted.disabled,
        ),
    )
    return Json(await services.administration.accounts())


@router.put(
    "/accounts/{login}/password", operation_id="setPassword", status_code=204,
    responses=answers(None, "It is set.", *_DONE, 429, status=204, media_types=()),
)  # fmt: skip
async def set_password(login: Key, wanted: PasswordBody, caller: Changer, services: ServicesDep) -> Response:
    """Give an account a new password; its sessions end."""
    password_hash = await services.sign_on.hash_of(wanted.password, known_words=[login])
    await services.administration.change_account(caller, login, AccountChange(password_hash=password_hash))
    return Response(status_code=204)


@router.get(
    "/duty", operation_id="listDuty",
    responses=answers(models.DutyList, "Who is on duty.", 403), dependencies=[Depends(may("people.read"))],
)  # fmt: skip
async def duty(
    services: ServicesDep, *, begin: Annotated[Moment, Query()], end: Annotated[Moment, Query()]
) -> Response:
    """Who is on duty in a period, and for which cells of the unit grid."""
    if not begin < end <= begin + _LONGEST_PERIOD:
        raise Refusal(422, "invalid", f"end must lie after begin, by at most {_LONGEST_PERIOD.days} days")
    return Json(await services.administration.duty(begin, end))


@router.post(
    "/duty", operation_id="addDuty", status_code=201,
    responses=answers(models.DutyList, "Who is on duty in that period, after it.", *_DONE, status=201),
)  # fmt: skip
async def add_duty(wanted: DutyBody, caller: DutyPlanner, services: ServicesDep) -> Response:
    """Put a person on duty."""
    await services.administration.add_duty(caller, wanted.duty())
    return Json(await services.administration.duty(wanted.starts_at, wanted.ends_at), status_code=201)


@router.put(
    "/duty/{number}", operation_id="changeDuty",
    responses=answers(models.DutyList, "Who is on duty in that period, after it.", *_DONE),
)  # fmt: skip
async def change_duty(
    number: Annotated[int, Path(ge=1, le=LARGEST_INTEGER)],
    wanted: DutyBody,
    caller: DutyPlanner,
    services: ServicesDep,
) -> Response:
    """Change who is on duty, when, or for which cells."""
    await services.administration.change_duty(caller, number, wanted.duty())
    return Json(await services.administration.duty(wanted.starts_at, wanted.ends_at))


@router.delete(
    "/duty/{number}", operation_id="removeDuty", status_code=204,
    responses=answers(None, "It is off the list.", 403, status=204, media_types=()),
)  # fmt: skip
async def remove_duty(
    number: Annotated[int, Path(ge=1, le=LARGEST_INTEGER)], caller: DutyPlanner, services: ServicesDep
) -> Response:
    """Take a duty off the list."""
    await services.administration.remove_duty(caller, number)
    return Response(status_code=204)


@router.get(
    "/rights", operation_id="getRights",
    responses=answers(models.RightsTable, "The table.", 403, 409),
    dependencies=[Depends(may("rights.administer"))],
)  # fmt: skip
async def rights(services: ServicesDep) -> Response:
    """The table of rights that holds."""
    return Json(await services.administration.rights())


@router.put(
    "/rights", operation_id="setRights",
    responses=answers(models.RightsTable, "The table after it.", *_DONE),
)  # fmt: skip
async def set_rights(wanted: RightsBody, caller: RightsChanger, services: ServicesDep) -> Response:
    """Replace the table of rights as a whole. It holds with everybody's next request."""
    rows = None if wanted.entries is None else [entry.model_dump() for entry in wanted.entries]
    await services.administration.set_rights(caller, rows, expected_version=wanted.expected_version)
    return Json(await services.administration.rights())


@router.get(
    "/audit", operation_id="listAudit", responses=answers(models.AuditPage, "Some entries.", 403),
    dependencies=[Depends(may("audit.read"))],
)  # fmt: skip
async def audit(
    services: ServicesDep,
    *,
    login: Annotated[Text | None, Query(max_length=64)] = None,
    action: Annotated[Text | None, Query(max_length=80)] = None,
    subject: Annotated[Text | None, Query(max_length=200)] = None,
    begin: Annotated[Moment | None, Query()] = None,
    end: Annotated[Moment | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Cursor = None,
) -> Response:
    """Who looked at tracks of staff and originals of pictures, and who changed people and rights."""
    chosen = AuditFilter(
        login=login, action=action, subject=subject, begin=begin or EARLIEST, end=end or LATEST
    )
    return Json(await services.administration.audit(chosen, limit=limit, cursor=cursor))


def _roles(roles: list[Role]) -> frozenset[Role]:
    if Role.SYSTEM in roles:
        raise Refusal(422, "invalid", "the role system is for programs; no account of a person can have it")
    return frozenset(roles)
