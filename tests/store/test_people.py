"""Departments, accounts, duty, the table of rights and the audit log, on the real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
import pytest_asyncio

from cases import PERSONS_ROLES, CasePolicy, Rights, RightsError, Role
from store import audit, people
from store.accounts import AccountChange, change_account, roles_by_login
from store.connection import Connection, open_connection
from store.errors import LastAdministratorError, PeopleError, StaleRightsError
from store.operators import begin_session, find_operator, find_session, set_operator
from store.people import WHOLE_CITY, Department, Duty, Person, Post
from store.rights_table import read_rights, write_rights

pytestmark = pytest.mark.servers

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest_asyncio.fixture
async def connection(database_url: str) -> AsyncIterator[Connection]:
    connection = await open_connection(database_url, application="test")
    await people.take_in_departments(connection, CasePolicy.load().departments.values())
    await add(connection, "chief", Role.ADMINISTRATOR)
    yield connection
    await connection.close()


async def add(connection: Connection, login: str, *roles: Role, department: str | None = None) -> None:
    await set_operator(
        connection, login=login, display_name=login, password_hash="x", roles=roles, department=department
    )


async def actor_of(connection: Connection, login: str) -> object:
    operator = await find_operator(connection, login)
    assert operator is not None
    begun = await begin_session(connection, operator, now=NOON, lasts=HOUR)
    assert begun is not None
    return begun[1].actor


async def test_departments_of_the_policy_stand_below_the_city_and_are_taken_in_once(
    connection: Connection,
) -> None:
    policy = CasePolicy.load().departments.values()
    assert await people.take_in_departments(connection, policy) == 0
    rows = await connection.fetch("SELECT code, parent, name FROM department WHERE code <> 'CITY'")
    assert {row["name"] for row in rows} == {each.name for each in policy}
    assert {row["parent"] for row in rows} == {WHOLE_CITY}
    assert await people.find_department(connection, "环卫所") == await people.find_department(
        connection, "Street Cleaning"
    )
    with pytest.raises(PeopleError, match="there is no department 'X'; there are: "):
        await people.find_department(connection, "X")


async def test_a_tree_of_departments_cannot_become_a_circle(connection: Connection) -> None:
    await people.set_department(connection, Department(code="A", name="a", name_en="a"))
    await people.set_department(connection, Department(code="B", parent="A", name="b", name_en="b"))
    with pytest.raises(PeopleError, match="'B' is 'A' or below it"):
        await people.set_department(connection, Department(code="A", parent="B", name="a", name_en="a"))
    with pytest.raises(PeopleError, match="there is no department 'C' to be the parent"):
        await people.set_department(connection, Department(code="A", parent="C", name="a", name_en="a"))
    with pytest.raises(PeopleError, match="cannot be a department's code"):
        await people.set_department(connection, Department(code="城", name="a", name_en="a"))


async def test_an_actor_acts_for_departments_below_by_code_and_by_a_name_that_is_theirs_alone(
    connection: Connection,
) -> None:
    await people.set_department(connection, Department(code="A", name="甲", name_en="a"))
    await people.set_department(connection, Department(code="A1", parent="A", name="乙", name_en="b"))
    await people.set_department(connection, Department(code="B1", name="乙", name_en="b"))
    await add(connection, "wang", Role.DEPARTMENT_DESK, department="A")
    actor = await actor_of(connection, "wang")
    assert (actor.department, actor.departments) == ("A", {"A", "A1", "甲"})  # type: ignore[attr-defined]


async def test_an_accounts_roles_are_its_own_and_those_of_its_persons_post(connection: Connection) -> None:
    await people.set_post(
        connection, Post(code="seat-1", name="受理席", name_en="seat", roles=frozenset({Role.ACCEPTOR}))
    )
    await add(connection, "wang", Role.LEADER)
    await people.set_person(connection, Person(person="wang", name="王", post="seat-1"))
    actor = await actor_of(connection, "wang")
    assert actor.roles == {"leader", "acceptor"}  # type: ignore[attr-defined]
    with pytest.raises(PeopleError, match="there is no post 'seat-2'"):
        await people.set_person(connection, Person(person="wang", name="王", post="seat-2"))


async def test_leaving_or_being_disabled_ends_all_sessions(connection: Connection) -> None:
    for change in ("leave", "disable"):
        await add(connection, change, Role.LEADER)
        operator = await find_operator(connection, change)
        assert operator is not None
        begun = await begin_session(connection, operator, now=NOON, lasts=HOUR)
        assert begun is not None
        if change == "leave":
            await people.set_person(connection, Person(person=change, name="x", left=True))
        else:
            ended = await change_account(connection, change, AccountChange(disabled=True))
            assert ended == [begun[1].token_hash]
        assert await find_session(connection, begun[0], now=NOON) is None
        assert await begin_session(connection, operator, now=NOON, lasts=HOUR) is None


async def test_a_changed_account_is_something_else_with_the_next_request(connection: Connection) -> None:
    await add(connection, "wang", Role.LEADER)
    operator = await find_operator(connection, "wang")
    assert operator is not None
    begun = await begin_session(connection, operator, now=NOON, lasts=HOUR)
    assert begun is not None
    await change_account(connection, "wang", AccountChange(roles=[Role.PATROL], districts=["350582"]))
    session = await find_session(connection, begun[0], now=NOON)
    assert session is not None
    assert session.actor.roles == {"patrol"}
    assert session.actor.districts == {"350582"}


async def test_the_last_administrator_stays(connection: Connection) -> None:
    everything = (
        change_account(connection, "chief", AccountChange(roles=[Role.LEADER])),
        change_account(connection, "chief", AccountChange(disabled=True)),
        people.set_person(connection, Person(person="chief", name="x", left=True)),
    )
    for change in everything:
        with pytest.raises(LastAdministratorError, match="nobody could administer"):
            await change
    assert await roles_by_login(connection) == {"chief": {"administrator"}}
    await add(connection, "deputy", Role.ADMINISTRATOR)
    await change_account(connection, "chief", AccountChange(disabled=True))
    assert await roles_by_login(connection) == {"deputy": {"administrator"}}


async def test_two_administrators_cannot_take_each_other_away_at_once(
    connection: Connection, database_url: str
) -> None:
    await add(connection, "deputy", Role.ADMINISTRATOR)
    other = await open_connection(database_url, application="test")
    try:
        done = await asyncio.gather(
            change_account(connection, "chief", AccountChange(disabled=True)),
            change_account(other, "deputy", AccountChange(disabled=True)),
            return_exceptions=True,
        )
    finally:
        await other.close()
    assert sorted(type(each).__name__ for each in done) == ["LastAdministratorError", "list"]


async def test_who_is_on_duty_for_a_cell_comes_first(connection: Connection) -> None:
    for login, cell in (("an", "350582001001002"), ("bo", "350582001001001")):
        await add(connection, login, Role.PATROL)
        await people.add_duty(
            connection,
            Duty(person=login, starts_at=NOON, ends_at=NOON + HOUR, grid_cells=frozenset({cell})),
        )
    on = await people.on_duty(connection, [Role.PATROL], at=NOON, grid_cell="350582001001001")
    assert [each.login for each in on] == ["bo", "an"]
    assert await people.on_duty(connection, [Role.PATROL], at=NOON + HOUR) == []
    assert await people.on_duty(connection, [Role.ACCEPTOR], at=NOON) == []
    with pytest.raises(PeopleError, match="must end after it starts"):
        await people.add_duty(connection, Duty(person="an", starts_at=NOON, ends_at=NOON))
    with pytest.raises(PeopleError, match="no person 'x'"):
        await people.add_duty(connection, Duty(person="x", starts_at=NOON, ends_at=NOON + HOUR))


async def test_a_citys_table_of_rights_replaces_the_shipped_one_until_it_is_taken_back(
    connection: Connection,
) -> None:
    table = await read_rights(connection)
    assert (table.rights, table.own) == (Rights.shipped(), False)
    own = Rights(frozenset(each for each in Rights.shipped().entries if each.role is not Role.PATROL))
    version = await write_rights(connection, own, by="chief", expected_version=table.version)
    table = await read_rights(connection)
    assert (table.rights, table.own, table.version, table.changed_by) == (own, True, version, "chief")
    with pytest.raises(StaleRightsError, match="now at version"):
        await write_rights(connection, None, by="deputy", expected_version=version - 1)
    await write_rights(connection, None, by="chief", expected_version=version)
    assert not (await read_rights(connection)).own
    await connection.execute("INSERT INTO rights_entry VALUES ('boss', 'case.read', '*', '*', 'any', 'any')")
    with pytest.raises(RightsError, match="rights_entry boss,case"):
        await read_rights(connection)


async def test_not_even_the_owner_can_change_the_audit_log(connection: Connection) -> None:
    await audit.note(connection, login="li", action="staff_track.read", subject="person/p1")
    for statement in ("UPDATE audit_log SET login = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    assert await connection.fetchval("SELECT count(*) FROM audit_log") == 1


async def test_roles_of_the_database_are_those_of_the_code(connection: Connection) -> None:
    await add(connection, "all", *PERSONS_ROLES)
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute("UPDATE operator SET roles = '{system}' WHERE login = 'all'")
