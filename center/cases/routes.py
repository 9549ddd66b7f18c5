"""Cases: the list, one case, and what people do with it."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from cases.workflow import Given
from center.cases.filters import CaseQueryDep
from center.cases.from_rule_events import RuleEventKey
from center.cases.models import CaseDetail, CasePage, CaseQueueList
from center.models import EntityKind
from center.people.access import Caller, ServicesDep, may, may_change
from center.web.answers import Json, Refusal, answers
from center.web.parameters import LARGEST_INTEGER, Moment, Text

router = APIRouter(prefix="/cases", default_response_class=Response, tags=["cases"])

CaseReader = Annotated[Caller, Depends(may("case.read"))]

Number = Annotated[Text, Path(min_length=1, max_length=40)]


class ActionRequest(BaseModel):
    """What somebody does with a case."""

    model_config = ConfigDict(extra="forbid")

    action: Annotated[
        Text, Field(min_length=1, max_length=32, description="One of the case's possible `actions`.")
    ]
    expected_sequence: Annotated[
        int,
        Field(
            ge=1,
            le=LARGEST_INTEGER,
            description="The case's `sequence` as it was seen; if it has moved on, 409.",
        ),
    ]
    department: Annotated[Text | None, Field(min_length=1, max_length=100)] = None
    note: Annotated[Text | None, Field(min_length=1, max_length=1000)] = None
    reason: Annotated[
        Text | None, Field(min_length=1, max_length=32, description="The code of one of its `reasons`.")
    ] = None
    answer: Annotated[
        Text | None, Field(min_length=1, max_length=32, description="The code of one of its `answers`.")
    ] = None
    assignee: Annotated[Text | None, Field(min_length=1, max_length=64, description="A login.")] = None
    condition: Annotated[
        Text | None, Field(min_length=1, max_length=64, description="Of the case's code.")
    ] = None
    until: Annotated[Moment | None, Field(description="The end of a suspension.")] = None
    into: Annotated[
        Text | None, Field(min_length=1, max_length=40, description="The case into which it is merged.")
    ] = None
    incidents: Annotated[
        list[UUID] | None, Field(max_length=200, description="Those that are taken out.")
    ] = None

    def given(self) -> Given:
        """What comes with the action."""
        return Given(
            note=(self.note or "").strip() or None,
            reason=self.reason,
            department=self.department,
            assignee=self.assignee,
            condition=self.condition,
            until=self.until,
            answer=self.answer,
            into=self.into,
            incidents=tuple(self.incidents or ()),
        )


class RuleEventReference(BaseModel):
    """What names a finding of a rule; as the list of them has it."""

    model_config = ConfigDict(extra="forbid")

    kind: EntityKind
    id: Annotated[Text, Field(min_length=1, max_length=64)]
    rule: Annotated[Text, Field(min_length=1, max_length=64)]
    area: Annotated[Text, Field(max_length=200)]
    phase: Literal["begun", "ended"]
    time: Moment


class OpeningRequest(BaseModel):
    """A case that somebody opens."""

    model_config = ConfigDict(extra="forbid")

    rule_event: RuleEventReference
    type: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=48,
            description="The incident type: one of `/incident-types`, or what the rule watches for.",
        ),
    ]
    note: Annotated[Text | None, Field(min_length=1, max_length=1000, description="Why.")] = None


_OPENED: Final = answers(CaseDetail, "The new case.", 400, 403, 404, 413, status=201)
_OPENED[200] = {**_OPENED[201], "description": "The case that the finding has already."}


@router.post("", operation_id="openCase", status_code=201, responses=_OPENED)
async def open_case(
    wanted: OpeningRequest,
    reporter: Annotated[Caller, Depends(may_change("case.report"))],
    services: ServicesDep,
) -> Response:
    """Open a case from what a rule found. Opened again, or by two people at once, it is the same case."""
    event = wanted.rule_event
    number, is_new = await services.rule_event_cases.open(
        RuleEventKey(
            kind=event.kind, id=event.id, rule=event.rule, area=event.area, phase=event.phase, time=event.time
        ),
        incident_type=wanted.type,
        reporter=reporter,
        note=(wanted.note or "").strip() or None,
    )
    return Json(await _detail(number, services, reporter), status_code=201 if is_new else 200)


@router.get("", operation_id="listCases", responses=answers(CasePage, "Some cases.", 403))
async def page(query: CaseQueryDep, caller: CaseReader, services: ServicesDep) -> Response:
    """Cases that fulfil every filter and that the caller may see, in the order that is asked for."""
    return Json(await services.cases.page(query, caller))


@router.get("/queues", operation_id="listCaseQueues", responses=answers(CaseQueueList, "The queues.", 403))
async def queues(caller: CaseReader, services: ServicesDep) -> Response:
    """What waits for whoever is signed on, counted; each leads to the list that shows what was counted."""
    return Json(CaseQueueList(queues=await services.cases.queues(caller)))


@router.get("/{number}", operation_id="getCase", responses=answers(CaseDetail, "The case.", 403, 404))
async def case(number: Number, caller: CaseReader, services: ServicesDep) -> Response:
    """A case with its history, its evidence and its incidents."""
    await services.case_accesses.of(number, caller)
    return Json(await _detail(number, services, caller))


@router.post(
    "/{number}/actions", operation_id="actOnCase",
    responses=answers(CaseDetail, "The case after it.", 400, 403, 404, 409, 413),
)  # fmt: skip
async def act(
    number: Number,
    wanted: ActionRequest,
    caller: Annotated[Caller, Depends(may_change("case.read"))],
    services: ServicesDep,
    idempotency_key: Annotated[
        Text | None,
        Header(
            min_length=1, max_length=100, description="A request that is repeated with its key does nothing."
        ),
    ] = None,
) -> Response:
    """Take a case one step further."""
    try:
        await services.case_actions.act(
            number,
            action=wanted.action,
            given=wanted.given(),
            caller=caller,
            expected_sequence=wanted.expected_sequence,
            key=idempotency_key,
        )
    except Refusal:
        await services.case_accesses.of(number, caller)  # whoever may not read it is not told why either
        raise
    return Json(await _detail(number, services, caller))


async def _detail(number: str, services: ServicesDep, caller: Caller) -> CaseDetail:
    found = await services.cases.detail(number, caller)
    if found is None:
        raise Refusal(404, "no_case", f"there is no case {number}")
    return found
