"""The workflow by which new cases go, for its diagram."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from center.cases.models import WorkflowDescription
from center.people.access import ServicesDep, may
from center.web.answers import Json, Refusal, answers
from center.web.parameters import Text

router = APIRouter(prefix="/workflows", default_response_class=Response, tags=["cases"])


@router.get(
    "/{name}",
    operation_id="getWorkflow",
    responses=answers(WorkflowDescription, "Its stages, actions and steps.", 403, 404),
    dependencies=[Depends(may("case.read"))],
)
async def workflow(
    name: Annotated[Text, Path(min_length=1, max_length=64)], services: ServicesDep
) -> Response:
    """A workflow in its newest version: its stages, and the steps between them."""
    found = await services.cases.workflow(name)
    if found is None:
        raise Refusal(404, "no_workflow", f"there is no workflow {name}, and no case has gone by one")
    return Json(found)
