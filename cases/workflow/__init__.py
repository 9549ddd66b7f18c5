"""The workflow of cases: data that a city edits, checked when read, and the decisions made by it.

A city has one workflow at a time, `workflow-{name}.toml` in the folder of its case policy; two come with
Streetwarden. A case keeps the version that it was opened with. Decisions use the workflow; `fold`, which
computes a case's state from its history, never does.
"""

from cases.workflow.decisions import PossibleAction, Refusal, beginning, decide, possible
from cases.workflow.effects import NOTHING, Given
from cases.workflow.file import SHIPPED, load_workflow, parse_workflow, shipped_workflow
from cases.workflow.model import ACTIONS, EndedAs, Holder, Need, Outside, Stage, Step, Task, Workflow

__all__ = [
    "ACTIONS",
    "NOTHING",
    "SHIPPED",
    "EndedAs",
    "Given",
    "Holder",
    "Need",
    "Outside",
    "PossibleAction",
    "Refusal",
    "Stage",
    "Step",
    "Task",
    "Workflow",
    "beginning",
    "decide",
    "load_workflow",
    "parse_workflow",
    "possible",
    "shipped_workflow",
]
