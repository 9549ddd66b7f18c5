"""`streetwarden workflow …`: check a workflow, show it, and move open cases to it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from cases import ActionRefusedError, Actor, CasePolicy, PolicyError, Rights
from cases.workflow import SHIPPED, Workflow, load_workflow, parse_workflow
from casework.workflow_moves import move_workflow
from deploy.database_option import database_option
from deploy.docs_workflows import diagram, steps_table
from deploy.errors import DeployError
from store.connection import open_connection
from store.migrate import require_current
from store.queries import load

_SQL: Final = load("workflows")
_ACTOR: Final = Actor.system("system/workflow-move")

_folder = click.option(
    "--folder",
    envvar="STREETWARDEN_CENTER_CASES_FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of the case policy, as in cases.folder of the settings; default: the shipped one.",
)


@click.group()
def workflow() -> None:
    """The workflow of cases."""


@workflow.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def check(file: Path) -> None:
    """Check the file of a workflow; name the first wrong entry."""
    try:
        found = parse_workflow(file.read_text(encoding="utf-8"), str(file))
    except (PolicyError, UnicodeDecodeError, OSError) as error:
        raise DeployError(str(error)) from None
    if file.name != f"workflow-{found.name}.toml":
        raise DeployError(f"{file}: the workflow {found.name} must be in a file workflow-{found.name}.toml")
    click.echo(
        f"workflow {found.name} {found.version}: {len(found.stages)} stages, {len(found.actions)} actions, "
        f"{len(found.steps)} steps"
    )


@workflow.command()
@click.argument("name", default="", metavar=f"[{'|'.join(SHIPPED)}|NAME]")
@click.option("--diagram", "as_diagram", is_flag=True, help="As a diagram in Mermaid's language.")
@_folder
def show(name: str, *, as_diagram: bool, folder: Path | None) -> None:
    """Show a workflow (default: that of new cases): every step with its required fields."""
    found = _workflow(folder, name)
    click.echo(diagram(found) if as_diagram else steps_table(found, Rights.shipped()))


@workflow.command()
@click.option(
    "--stage",
    "stages",
    multiple=True,
    metavar="OLD=NEW",
    help="Moves cases from a stage of the old version to one of the new.",
)
@click.option(
    "--dry-run", is_flag=True, help="Move nothing; print which cases would be moved, and which cannot be."
)
@_folder
@database_option
def move(*, stages: tuple[str, ...], dry_run: bool, folder: Path | None, database_url: str) -> None:
    """Move all open cases to the workflow of new cases, each by an event of its history.

    If a case cannot be moved, the others are, and the exit status is 1.
    """
    places = dict(each.partition("=")[::2] for each in stages)
    if not all(places.values()):
        raise DeployError("--stage must be OLD=NEW, such as --stage checked=confirmed")
    if asyncio.run(_move(database_url, _policy(folder), places, dry_run=dry_run)):
        raise SystemExit(1)


async def _move(url: str, policy: CasePolicy, places: dict[str, str], *, dry_run: bool) -> int:
    """Move all open cases of other versions; the number that could not be moved."""
    to = policy.workflow
    connection = await open_connection(url, application="streetwarden workflow")
    refused = 0
    try:
        await require_current(connection)
        rows = await connection.fetch(_SQL["open_cases_of_others"], to.name, to.version)
        for row in rows:
            transaction = connection.transaction()
            await transaction.start()
            try:
                await move_workflow(
                    connection,
                    row["number"],
                    to=to,
                    stage=places.get(row["stage"]),
                    actor=_ACTOR,
                    rights=Rights.shipped(),
                    policy=policy,
                    at=datetime.now(UTC),
                )
            except ActionRefusedError as error:
                await transaction.rollback()
                refused += 1
                click.echo(f"case {row['number']}: {error}", err=True)
                continue
            except BaseException:
                await transaction.rollback()
                raise
            await (transaction.rollback() if dry_run else transaction.commit())
        done = "would be moved" if dry_run else "moved"
        click.echo(f"{len(rows) - refused} cases {done} to workflow {to.name} {to.version}, {refused} not")
    finally:
        await connection.close()
    return refused


def _policy(folder: Path | None) -> CasePolicy:
    try:
        return CasePolicy.load(folder)
    except PolicyError as error:
        raise DeployError(str(error)) from None


def _workflow(folder: Path | None, name: str) -> Workflow:
    try:
        return load_workflow(folder, name) if name else CasePolicy.load(folder).workflow
    except PolicyError as error:
        raise DeployError(str(error)) from None
