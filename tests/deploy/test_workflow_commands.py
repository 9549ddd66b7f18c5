"""`streetwarden workflow` checks a file, shows a workflow and moves open cases."""

from __future__ import annotations

import asyncio
import os
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner

from casework import apply_incident
from deploy.errors import DeployError
from deploy.workflow_commands import workflow
from store.connection import open_connection
from tests.casework.acting import POLICY
from tests.casework.cases import NOON, stall

SMALL = files("cases").joinpath("data", "workflow-small.toml").read_text(encoding="utf-8")


def test_a_right_file_is_counted_and_a_wrong_one_named(tmp_path: Path) -> None:
    file = tmp_path / "workflow-small.toml"
    file.write_text(SMALL, encoding="utf-8")
    said = CliRunner().invoke(workflow, ["check", str(file)])
    assert said.output == "workflow small 2: 9 stages, 29 actions, 31 steps\n"
    file.write_text(SMALL.replace('to = "checked"', 'to = "examined"'), encoding="utf-8")
    said = CliRunner().invoke(workflow, ["check", str(file)])
    assert isinstance(said.exception, DeployError)
    assert "(check): to 'examined' is not defined" in str(said.exception)
    file.rename(tmp_path / "workflow-mine.toml")
    (tmp_path / "workflow-mine.toml").write_text(SMALL, encoding="utf-8")
    said = CliRunner().invoke(workflow, ["check", str(tmp_path / "workflow-mine.toml")])
    assert "must be in a file workflow-small.toml" in str(said.exception)


def test_a_workflow_is_shown_as_a_table_and_as_a_diagram() -> None:
    assert "| Return (`return`) | 退回 |" in CliRunner().invoke(workflow, ["show", "full"]).output
    shown = CliRunner().invoke(workflow, ["show", "small", "--diagram"]).output
    assert "opened --> dispatched: Dispatch" in shown
    assert "there is no" in str(CliRunner().invoke(workflow, ["show", "large"]).exception)


@pytest.mark.servers
def test_open_cases_are_moved_and_those_that_cannot_be_are_named(database_url: str, tmp_path: Path) -> None:
    async def opened() -> str:
        connection = await open_connection(database_url, application="test")
        async with connection.transaction():
            change = await apply_incident(
                connection, stall(), source="box/box-1", district="350582", received_at=NOON,
                evidence_digests=(), policy=POLICY,
            )  # fmt: skip
        await connection.close()
        return change.number

    async def goes_by() -> tuple[str, str]:
        connection = await open_connection(database_url, application="test")
        row = await connection.fetchrow("SELECT workflow, stage FROM case_file")
        await connection.close()
        assert row is not None
        return row["workflow"], row["stage"]

    number = asyncio.run(opened())
    policy = files("cases").joinpath("data", "policy.toml").read_text(encoding="utf-8")
    (tmp_path / "policy.toml").write_text(
        policy.replace('workflow = "small"', 'workflow = "town"'), encoding="utf-8"
    )
    town = SMALL.replace('name = "small"', 'name = "town"').replace('"opened"', '"inbox"')
    (tmp_path / "workflow-town.toml").write_text(
        town.replace("[stages.opened]", "[stages.inbox]"), encoding="utf-8"
    )

    def move(*more: str) -> tuple[int, str]:
        said = CliRunner().invoke(
            workflow,
            ["move", "--folder", str(tmp_path), *more],
            env={**os.environ, "STREETWARDEN_DATABASE_URL": database_url},
        )
        assert said.exception is None or isinstance(said.exception, SystemExit), said.exception
        return said.exit_code, said.output

    code, said = move()
    assert code == 1
    assert f"case {number}: workflow town 2 has no stage opened; say which one replaces it" in said
    assert move("--stage", "opened=inbox", "--dry-run") == (
        0,
        "1 cases would be moved to workflow town 2, 0 not\n",
    )
    assert asyncio.run(goes_by()) == ("small", "opened")
    assert move("--stage", "opened=inbox") == (0, "1 cases moved to workflow town 2, 0 not\n")
    assert asyncio.run(goes_by()) == ("town", "inbox")
