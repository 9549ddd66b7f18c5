"""A workflow as the API describes it."""

from __future__ import annotations

from collections.abc import Mapping

from cases.codes import TypeName
from cases.workflow import Workflow
from center.cases.models import (
    Choice,
    WorkflowAction,
    WorkflowClock,
    WorkflowDescription,
    WorkflowStage,
    WorkflowStep,
)


def description(of: Workflow) -> WorkflowDescription:
    """The stages of a workflow, its steps, and its words, in the order of its file."""
    return WorkflowDescription(
        workflow=of.name,
        version=of.version,
        name=of.title.name,
        name_en=of.title.name_en,
        stages=[
            WorkflowStage(
                stage=each.name,
                name=each.title.name,
                name_en=each.title.name_en,
                outside=each.outside,
                holder=each.holder,
                ended_as=each.ended_as,
            )
            for each in of.stages.values()
        ],
        actions=[
            WorkflowAction(action=action, name=title.name, name_en=title.name_en)
            for action, title in of.actions.items()
        ],
        clocks=[
            WorkflowClock(clock=each.name, name=each.title.name, name_en=each.title.name_en)
            for each in of.clocks.values()
        ],
        reasons=_choices(of.reasons),
        answers=_choices(of.answers),
        steps=[
            WorkflowStep(
                action=each.action,
                sources=[stage for stage in of.stages if stage in each.sources],
                to=each.to,
                needs=list(each.needs),
                primary=each.primary,
            )
            for each in of.steps
        ],
    )


def _choices(titles: Mapping[str, TypeName]) -> list[Choice]:
    return [Choice(code=code, name=title.name, name_en=title.name_en) for code, title in titles.items()]
