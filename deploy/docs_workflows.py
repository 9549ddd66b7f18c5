"""Generates the page of the shipped workflows: diagram, stages with clocks, steps with roles."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from cases import PERSONS_ROLES, Rights
from cases.workflow import SHIPPED, Step, Workflow, load_workflow
from cases.workflow.model import StageClock

_HEAD: Final = """# The shipped workflows

For whoever sets up or edits a workflow ([workflow.md](workflow.md)). `scripts/docs` generates this page from
`cases/data/workflow-small.toml` and `workflow-full.toml`; the roles of each step come from the shipped table
of rights. `streetwarden workflow show` prints your own workflow.
"""


def workflows_page() -> str:
    """The page, as Markdown."""
    return "\n".join([_HEAD, *(_section(load_workflow(None, name)) for name in SHIPPED)])


def diagram(workflow: Workflow) -> str:
    """The stages and the steps between them, in Mermaid's language; steps within a stage are left out."""
    between: dict[tuple[str, str], list[str]] = defaultdict(list)
    everywhere = frozenset(workflow.stages) - workflow.ends
    for step in workflow.steps:
        if step.to is None or step.sources == everywhere:
            continue
        for source in workflow.stages:
            if source in step.sources:
                actions = between[source, step.to]
                title = workflow.actions[step.action].name_en
                if title not in actions:
                    actions.append(title)
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{stage.title.name_en}" as {name}' for name, stage in workflow.stages.items()]
    lines += [
        f"    [*] --> {workflow.report_stage}: report",
        f"    [*] --> {workflow.open_stage}: trusted source",
    ]
    lines += [f"    {source} --> {to}: {', '.join(actions)}" for (source, to), actions in between.items()]
    lines += [f"    {name} --> [*]" for name in workflow.stages if name in workflow.ends]
    return "\n".join(lines)


def steps_table(workflow: Workflow, rights: Rights) -> str:
    """Every step, as a table in Markdown."""
    rows = ["| action | 中文 | from | to | who | needs | only if |", "|---|---|---|---|---|---|---|"]
    for step in sorted(workflow.steps, key=lambda each: list(workflow.actions).index(each.action)):
        title = workflow.actions[step.action]
        cells = [
            f"{title.name_en} (`{step.action}`)",
            title.name,
            _sources(workflow, step),
            f"`{step.to}`" if step.to is not None else "stays",
            ", ".join(_roles(step, rights)),
            ", ".join(need.value for need in step.needs),
            ", ".join(f"`{guard}`" for guard in step.guards),
        ]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _section(workflow: Workflow) -> str:
    return "\n".join(
        [
            f"## {workflow.title.name_en}: `{workflow.name}` ({workflow.title.name})",
            "",
            "```mermaid",
            diagram(workflow),
            "```",
            "",
            "Steps that do not change the stage, and steps from every stage, are left out.",
            "",
            "### Stages",
            "",
            "| stage | 中文 | outside | held by | clocks |",
            "|---|---|---|---|---|",
            *(
                f"| {stage.title.name_en} (`{stage.name}`) | {stage.title.name} | {stage.outside.value} | "
                f"{stage.holder.value if stage.ended_as is None else 'ends as ' + stage.ended_as.value} | "
                f"{', '.join(stage.clocks)} |"
                for stage in workflow.stages.values()
            ),
            "",
            "### Clocks",
            "",
            "| clock | 中文 | limit | starts again each time | paused during a task |",
            "|---|---|---|---|---|",
            *(_clock(clock) for clock in workflow.clocks.values()),
            "",
            "### Steps",
            "",
            steps_table(workflow, Rights.shipped()),
            "",
        ]
    )


def _clock(clock: StageClock) -> str:
    limit = "of the case's condition"
    if clock.limit is not None:
        limit = f"{clock.limit.amount:g} {clock.limit.clock.value}"
    anew = "yes" if clock.anew else "no, it keeps its deadline"
    return (
        f"| {clock.title.name_en} (`{clock.name}`) | {clock.title.name} | {limit} | {anew} | "
        f"{'yes' if clock.paused_by_task else 'no'} |"
    )


def _sources(workflow: Workflow, step: Step) -> str:
    if step.sources == frozenset(workflow.stages) - workflow.ends:
        return "every stage but the ends"
    return ", ".join(f"`{name}`" for name in workflow.stages if name in step.sources)


def _roles(step: Step, rights: Rights) -> list[str]:
    """The roles of the step that have the right to its action."""
    have = {entry.role.value for entry in rights.entries if entry.action == f"case.{step.action}"}
    wanted = step.who or PERSONS_ROLES
    return sorted(have & {str(role) for role in wanted})
