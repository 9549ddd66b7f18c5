"""Incidents, their types, and the codes of cases."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from cases import Category
from center.cases.models import CodeList, IncidentPage, IncidentTypeList
from center.people.access import Caller, ServicesDep, may
from center.web.answers import Json, answers
from center.web.parameters import Cursor

router = APIRouter(default_response_class=Response, tags=["watch"])


@router.get(
    "/incidents", operation_id="listIncidents", responses=answers(IncidentPage, "Some incidents.", 403)
)
async def incidents(
    caller: Annotated[Caller, Depends(may("incident.read"))],
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Cursor = None,
) -> Response:
    """The newest revision of each incident, newest first."""
    districts = caller.scope("incident.read").districts
    return Json(await services.cases.incidents(districts, limit=limit, cursor=cursor))


@router.get(
    "/incident-types", operation_id="listIncidentTypes",
    responses=answers(IncidentTypeList, "All of them.", 403), dependencies=[Depends(may("city.read"))],
)  # fmt: skip
async def incident_types(services: ServicesDep) -> Response:
    """The incident types of the city's case policy."""
    return Json(IncidentTypeList(types=services.cases.incident_types()))


@router.get(
    "/codes", operation_id="listCodes",
    responses=answers(CodeList, "The codes.", 403), dependencies=[Depends(may("city.read"))],
)  # fmt: skip
async def codes(
    services: ServicesDep,
    code_set: Annotated[str | None, Query(max_length=20, description="Only of this list.")] = None,
    category: Annotated[Category | None, Query(description="Only of this category.")] = None,
) -> Response:
    """The codes that a case may be given today, without classes, each with its conditions of today."""
    return Json(CodeList(codes=services.cases.codes(code_set, category)))
