"""People by the file: what is taken in, what is refused with its row, and what comes out again."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from deploy.people_commands import people
from store.connection import open_connection

pytestmark = pytest.mark.servers

FILES = {
    "departments": "code,parent,name,name_en\nD10,CITY,环卫处,Cleaning\n"
    "D11,D10,一队,Squad\nD12,D99,无主,None\n",
    "persons": "person,name,department,telephone\n7,王,一队,1380\n8,李,D10,\n9,赵,海军,\n",
    "accounts": "login,name,person,roles,districts,password\n"
    "wang,王,7,handler,350582,four plain words here\n"
    "li,李,8,department_desk acceptor,everywhere,five other plain words\n"
    "zhao,赵,,handler,everywhere,short\n"
    "qian,钱,,captain,everywhere,four plain words here\n"
    "sun,孙,,handler,,four plain words here\n",
    "duty": "person,starts_at,ends_at,grid_cells\n"
    "7,2099-01-01T08:00:00+08:00,2099-01-01T18:00:00+08:00,35058200000001\n"
    "8,2099-01-01T08:00:00,2099-01-01T18:00:00+08:00,\n",
}


def write(folder: Path, **changes: str) -> list[str]:
    for name, text in (FILES | changes).items():
        (folder / f"{name}.csv").write_text(text, encoding="gb18030")
    return [str(folder / f"{name}.csv") for name in reversed(FILES)]


def run(database_url: str, *arguments: str) -> tuple[int, str]:
    env = {**os.environ, "STREETWARDEN_DATABASE_URL": database_url}
    said = CliRunner().invoke(people, arguments, env=env)
    assert said.exception is None or isinstance(said.exception, SystemExit), said.exception
    return said.exit_code, said.output


def ask(database_url: str, sql: str) -> list[tuple[Any, ...]]:
    async def fetch() -> list[tuple[Any, ...]]:
        connection = await open_connection(database_url, application="test")
        try:
            return [tuple(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()

    return asyncio.run(fetch())


def test_rows_are_taken_in_and_each_that_is_wrong_is_named_with_its_reason(
    database_url: str, tmp_path: Path
) -> None:
    sources = write(tmp_path)
    code, said = run(database_url, "import", "--dry-run", *sources)
    assert (code, "nothing was written" in said) == (1, True)
    assert ask(database_url, "SELECT count(*) FROM person") == [(0,)]
    code, said = run(database_url, "import", *sources)
    assert code == 1
    for line in (
        "departments.csv: row 4: refused: there is no department 'D99' to be the parent",
        "persons.csv: row 4: refused: there is no department '海军'",
        "accounts.csv: row 4: refused: the password is too short",
        "accounts.csv: row 5: refused: there is no role 'captain'",
        "accounts.csv: row 6: refused: column districts is empty; a new account needs it",
        "duty.csv: row 3: refused: column starts_at says '2099-01-01T08:00:00'",
        "accounts.csv: 2 rows taken in, 0 were there already, 3 refused",
    ):
        assert line in said
    accounts = "SELECT login, all_roles, districts, department FROM account ORDER BY login"
    assert ask(database_url, accounts) == [
        ("li", ["acceptor", "department_desk"], [], "D10"), ("wang", ["handler"], ["350582"], "D11"),
    ]  # fmt: skip
    assert ask(database_url, "SELECT subject FROM audit_log ORDER BY audit_id") == [
        ("import/departments",), ("import/persons",), ("import/accounts",), ("import/duty",),
    ]  # fmt: skip


def test_what_a_file_leaves_out_stays_and_what_comes_out_goes_in_again(
    database_url: str, tmp_path: Path
) -> None:
    run(database_url, "import", *write(tmp_path))
    (tmp_path / "persons.csv").write_text("person,name\n7,=王\n", encoding="utf-8")
    assert run(database_url, "import", str(tmp_path / "persons.csv"))[0] == 0
    assert ask(database_url, "SELECT name, department, telephone FROM person WHERE person = '7'") == [
        ("=王", "D11", "1380")
    ]
    hashes = "SELECT login, password_hash FROM operator ORDER BY login"
    before = ask(database_url, hashes)
    out = tmp_path / "out"
    assert run(database_url, "export", str(out))[0] == 0
    text = (out / "persons.csv").read_text("utf-8-sig")
    assert "7,'=王,D11" in text, "a spreadsheet must not calculate it"
    assert "four plain words" not in (out / "accounts.csv").read_text("utf-8-sig")
    code, said = run(database_url, "import", *map(str, out.glob("*.csv")))
    assert (code, "duty.csv: 0 rows taken in, 1 were there already, 0 refused" in said) == (0, True)
    assert ask(database_url, hashes) == before
    assert ask(database_url, "SELECT name FROM person WHERE person = '7'") == [("=王",)]


def test_a_file_that_is_no_such_table_is_refused_as_a_whole(database_url: str, tmp_path: Path) -> None:
    for name, text, says in (
        ("staff.csv", "person\n", "is none of departments.csv, persons.csv"),
        ("persons.csv", "person,age\n7,30\n", "'age' is none of them"),
        ("persons.csv", "name\n王\n", "the first row must name the columns person, name"),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        env = {**os.environ, "STREETWARDEN_DATABASE_URL": database_url}
        said = CliRunner().invoke(people, ["import", str(tmp_path / name)], env=env)
        assert says in str(said.exception), said.output
