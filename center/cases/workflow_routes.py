"""The workflows by which cases go: for their diagrams, and for the words of their stages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from center.cases.models import WorkflowDescription
from center.people.access import ServicesDep, may
from center.web.answers import Json, Refusal, answers
from center.web.parameters import LARGEST_INTEGER, Text

router = APIRouter(prefix="/workflows", default_response_class=Response, tags=["cases"])


@router.get(
    "/{name}",
    operation_id="getWorkflow",
    responses=answers(WorkflowDescription, "Its stages, actions and steps.", 403, 404),
    dependencies=[Depends(may("case.read"))],
)
async def workflow(
    name: Annotated[Text, Path(min_length=1, max_length=64)],
    services: ServicesDep,
    version: Annotated[
        int | None,
        Query(ge=1, le=LARGEST_INTEGER, description="A case's `workflow_version`; the newest, without it."),
    ] = None,
) -> Response:
    """A workflow: its stages, the steps between them, and what it calls its clocks and reasons."""
    found = await services.cases.workflow(name, version)
    if found is None:
        named = name if version is None else f"{name} {version}"
        raise Refusal(404, "no_workflow", f"there is no workflow {named}, and no case has gone by one")
    return Json(found)
