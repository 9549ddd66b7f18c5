"""Cases: the list, one case, and actions of people."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Path, Request
from starlette.responses import Response

from center.cases.evidence import FILE_PARTS, usual_role
from center.cases.filters import CaseQueryDep
from center.cases.from_rule_events import RuleEventKey
from center.cases.models import CaseDetail, CasePage, CaseQueueList
from center.cases.requests import ACTION, OPENING, ActionRequest, OpeningRequest, ReportRequest
from center.people.access import Caller, ServicesDep, may, may_change
from center.web.answers import Json, Refusal, answers
from center.web.bodies import described, read
from center.web.parameters import Text
from store.case_evidence import EvidenceRole

router = APIRouter(prefix="/cases", default_response_class=Response, tags=["cases"])

CaseReader = Annotated[Caller, Depends(may("case.read"))]

Number = Annotated[Text, Path(min_length=1, max_length=40)]


IdempotencyKey = Annotated[
    Text | None,
    Header(
        min_length=1,
        max_length=100,
        description="A key of the request; repeating the request with the same key does nothing.",
    ),
]

_OPENED: Final = answers(CaseDetail, "The new case.", 400, 403, 404, 409, 413, 415, 429, status=201)
_OPENED[200] = {**_OPENED[201], "description": "The open case of the same problem, or of the rule event."}


@router.post(
    "", operation_id="openCase", status_code=201, responses=_OPENED,
    openapi_extra=described("report", (OpeningRequest, ReportRequest), FILE_PARTS),
)  # fmt: skip
async def open_case(
    request: Request,
    reporter: Annotated[Caller, Depends(may_change("case.report"))],
    services: ServicesDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Report a problem, with or without files, or open a case from a rule event.

    A report opens a case, or joins the open case of the same problem. A rule event gets one case, even if two
    people open it at once.
    """
    async with services.uploads.body(
        request, account=reporter.login, json_part="report", file_parts=FILE_PARTS
    ) as body:
        wanted = read(OPENING, body.json)
        if isinstance(wanted, OpeningRequest):
            if body.files:
                raise Refusal(
                    422, "invalid", "a case from a rule event takes no files; send them with an action"
                )
            number, is_new = await _open_from_finding(wanted, reporter, services)
        else:
            said = wanted.said()
            await services.reports.check(said, reporter)
            files = await services.evidence_keeper.keep(body.files, usual=EvidenceRole.FINDING)
            number, is_new = await services.reports.take_in(said, reporter, files=files, key=idempotency_key)
    return Json(await _detail(number, services, reporter), status_code=201 if is_new else 200)


async def _open_from_finding(
    wanted: OpeningRequest, reporter: Caller, services: ServicesDep
) -> tuple[str, bool]:
    event = wanted.rule_event
    return await services.rule_event_cases.open(
        RuleEventKey(
            kind=event.kind, id=event.id, rule=event.rule, area=event.area, phase=event.phase, time=event.time
        ),
        incident_type=wanted.type,
        reporter=reporter,
        note=(wanted.note or "").strip() or None,
    )


@router.get("", operation_id="listCases", responses=answers(CasePage, "Some cases.", 403))
async def page(query: CaseQueryDep, caller: CaseReader, services: ServicesDep) -> Response:
    """Cases that meet every filter and that the caller may see, in the requested order."""
    return Json(await services.cases.page(query, caller))


@router.get("/queues", operation_id="listCaseQueues", responses=answers(CaseQueueList, "The queues.", 403))
async def queues(caller: CaseReader, services: ServicesDep) -> Response:
    """The caller's queues, counted; each has the query of the list of the counted cases."""
    return Json(CaseQueueList(queues=await services.cases.queues(caller)))


@router.get("/{number}", operation_id="getCase", responses=answers(CaseDetail, "The case.", 403, 404))
async def case(number: Number, caller: CaseReader, services: ServicesDep) -> Response:
    """A case with its history, its evidence and its incidents."""
    await services.case_accesses.of(number, caller)
    return Json(await _detail(number, services, caller))


@router.post(
    "/{number}/actions", operation_id="actOnCase",
    responses=answers(CaseDetail, "The case after it.", 400, 403, 404, 409, 413, 415, 429),
    openapi_extra=described("action", (ActionRequest,), FILE_PARTS),
)  # fmt: skip
async def act(
    number: Number,
    request: Request,
    caller: Annotated[Caller, Depends(may_change("case.read"))],
    services: ServicesDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Perform an action on a case, with or without files as evidence."""
    async with services.uploads.body(
        request, account=caller.login, json_part="action", file_parts=FILE_PARTS
    ) as body:
        wanted = read(ACTION, body.json)
        try:
            if body.files:  # no files are stored for a case that the caller may not read
                await services.case_accesses.of(number, caller)
            files = await services.evidence_keeper.keep(body.files, usual=usual_role(wanted.action))
            await services.case_actions.act(
                number,
                action=wanted.action,
                given=wanted.given(),
                caller=caller,
                expected_sequence=wanted.expected_sequence,
                files=files,
                key=idempotency_key,
            )
        except Refusal:
            await services.case_accesses.of(
                number, caller
            )  # a caller who may not read it does not learn why either
            raise
    return Json(await _detail(number, services, caller))


async def _detail(number: str, services: ServicesDep, caller: Caller) -> CaseDetail:
    found = await services.case_details.of(number, caller)
    if found is None:
        raise Refusal(404, "no_case", f"there is no case {number}")
    return found
