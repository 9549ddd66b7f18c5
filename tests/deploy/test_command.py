"""`streetwarden`: every command can be called, and every error is one sentence."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner

from center.people.passwords import is_password
from deploy import command
from program.errors import ProgramError
from tests.ports import free_port

TOP = Path(__file__).parents[2]


def streetwarden(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    code = "from deploy.command import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(TOP), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("name", command.PARTS)
def test_every_part_says_what_it_does(name: str) -> None:
    done = CliRunner().invoke(command.command, [name, "--help"])
    assert done.exit_code == 0, done.output


def test_help_imports_none_of_the_parts() -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom deploy.command import command\n"
        "assert 'doctor' in CliRunner().invoke(command, ['--help']).output\n"
        "print(*sorted(sys.modules.keys() & {'cv2', 'asyncpg', 'fastapi', 'numpy', 'mqtt5'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=TOP)
    assert done.stdout.strip() == ""


def test_a_part_that_is_not_installed_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacks(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name="cv2.dnn")

    monkeypatch.setattr(command, "import_module", lacks)
    with pytest.raises(ProgramError, match=r"edge needs cv2\.dnn, .*; install the packages of the role edge"):
        command.load("edge")


def test_an_error_of_the_user_is_one_sentence_and_a_status() -> None:
    done = streetwarden(
        "db", "migrate", STREETWARDEN_DATABASE_URL=f"postgresql://u:secret@127.0.0.1:{free_port()}/d"
    )
    assert done.returncode == 1
    assert done.stderr.startswith("streetwarden: no connection to the database at postgresql://u@127.0.0.1")
    assert len(done.stderr.splitlines()) == 1
    assert "secret" not in done.stderr


def test_an_unknown_command_is_refused_by_name() -> None:
    done = streetwarden("upp")
    assert done.returncode == 2
    assert "No such command 'upp'" in done.stderr


def test_a_database_is_brought_up_to_date(empty_database_url: str) -> None:
    first = streetwarden("db", "migrate", STREETWARDEN_DATABASE_URL=empty_database_url)
    assert "applied 0001_initial" in first.stdout, first.stderr
    second = streetwarden("db", "migrate", STREETWARDEN_DATABASE_URL=empty_database_url)
    assert "applied" not in second.stdout
    assert "is at schema version" in second.stdout


def test_a_database_is_maintained_by_hand(database_url: str) -> None:
    async def add() -> None:
        connection = await asyncpg.connect(database_url)
        try:
            await connection.execute(
                "INSERT INTO position (entity_id, time, received_at, lat, lon) "
                "VALUES (1, now() - interval '5 days', now(), 24.9, 118.6)"
            )
        finally:
            await connection.close()

    asyncio.run(add())
    arguments = ("db", "maintain", "--unpacked-days", "2", "--position-days", "30")
    done = streetwarden(*arguments, STREETWARDEN_DATABASE_URL=database_url)
    assert done.returncode == 0, done.stderr
    assert "0 again; put 1 chunks in order" in done.stdout
    assert "dropped chunks: 0 of position" in done.stdout


def test_an_operator_is_added_and_given_a_new_password(database_url: str) -> None:
    def add(password: str) -> str:
        done = streetwarden(
            "operator", "add", "wang", "--name", "王班长",
            STREETWARDEN_DATABASE_URL=database_url, STREETWARDEN_OPERATOR_PASSWORD=password,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    async def account() -> asyncpg.Record:
        connection = await asyncpg.connect(database_url)
        try:
            found = await connection.fetchrow(
                "SELECT display_name, password_hash FROM operator WHERE login = 'wang'"
            )
            assert found is not None
            return found
        finally:
            await connection.close()

    assert "wang may sign on" in add("the first password")
    assert "new password" in add("the second password")
    found = asyncio.run(account())
    assert found["display_name"] == "王班长"
    assert is_password("the second password", found["password_hash"])


def test_a_changed_password_stays_where_only_a_missing_account_is_wanted(
    database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "first").write_text("the generated password\n")

    def add(*options: str, **environment: str) -> str:
        done = streetwarden(
            "operator", "add", "operator", *options, STREETWARDEN_DATABASE_URL=database_url, **environment
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    at_every_start = ("--password-file", str(tmp_path / "first"), "--if-missing")
    assert "operator may sign on" in add(*at_every_start)
    add(STREETWARDEN_OPERATOR_PASSWORD="changed by its owner")
    assert "it stays as it is" in add(*at_every_start)

    async def hash_of() -> str:
        connection = await asyncpg.connect(database_url)
        try:
            return str(await connection.fetchval("SELECT password_hash FROM operator"))
        finally:
            await connection.close()

    assert is_password("changed by its owner", asyncio.run(hash_of()))


def test_accounts_get_roles_are_closed_and_listed_and_the_last_administrator_stays(database_url: str) -> None:
    def operator(*arguments: str) -> tuple[int, str]:
        done = streetwarden(
            "operator", *arguments,
            STREETWARDEN_DATABASE_URL=database_url, STREETWARDEN_OPERATOR_PASSWORD="seven brown horses",
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    assert operator("add", "chief") == (0, "chief may sign on, with every role\n")
    code, said = operator("add", "wang")
    assert (code, "a new account needs a role" in said) == (2, True)
    assert operator("add", "wang", "--role", "acceptor", "--district", "350582")[0] == 0
    assert operator("set", "wang", "--role", "department_desk", "--department", "Whole city")[0] == 0
    code, said = operator("set", "chief", "--role", "leader")
    assert (code, "nobody could administer" in said) == (1, True)
    code, said = operator("set", "wang", "--department", "nowhere")
    assert (code, "there is no department 'nowhere'" in said) == (1, True)
    assert operator("disable", "wang") == (0, "wang is closed; 0 sessions have ended\n")
    _, listed = operator("list", "--json")
    assert [
        (each["login"], each["all_roles"], each["department"], each["districts"], each["enabled"])
        for each in map(json.loads, listed.splitlines())
    ][1] == ("wang", ["department_desk"], "CITY", ["350582"], False)


def test_the_databases_password_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "database"
    arguments = ("db", "migrate", "--database-password-file", str(file))
    url = f"postgresql://u@127.0.0.1:{free_port()}/d"
    assert "database.password_file" in streetwarden(*arguments, STREETWARDEN_DATABASE_URL=url).stderr
    file.write_text("secret\n")
    said = streetwarden(*arguments, STREETWARDEN_DATABASE_URL=url).stderr
    assert said.startswith("streetwarden: no connection to the database at postgresql://u@127.0.0.1")
    assert "secret" not in said


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("fourteen signs", "at least 15 characters"),
        ("qwertyuiopasdfg", "common password"),
        ("wang-wang-wang-wang", "common"),
    ],
)
def test_a_weak_password_is_refused(database_url: str, password: str, why: str) -> None:
    done = streetwarden(
        "operator",
        "add",
        "wang",
        STREETWARDEN_DATABASE_URL=database_url,
        STREETWARDEN_OPERATOR_PASSWORD=password,
    )
    assert done.returncode == 2
    assert why in done.stderr
