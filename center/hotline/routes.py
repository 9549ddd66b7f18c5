"""The desk of the hotline: contacts of callers, and the hand-over of a shift."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from center.cases.routes import Number
from center.hotline.models import CallerContactList, Handover, HandoverPage, Shift
from center.people.access import Caller, ServicesDep, may, may_change
from center.web.answers import Json, answers
from center.web.parameters import LARGEST_INTEGER, Cursor, Text

router = APIRouter(prefix="/hotline", default_response_class=Response, tags=["hotline"])

ShiftLead = Annotated[Caller, Depends(may("shift.hand_over"))]
LeavingLead = Annotated[Caller, Depends(may_change("shift.hand_over"))]
HandoverId = Annotated[int, Path(ge=1, le=LARGEST_INTEGER)]


class HandoverRequest(BaseModel):
    """A hand-over of a shift."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[Text, Field(min_length=1, max_length=4000, description="For the next shift.")]


@router.get(
    "/cases/{number}/callers", operation_id="readCallers",
    responses=answers(CallerContactList, "The contacts.", 403, 404),
)  # fmt: skip
async def callers(
    number: Number, caller: Annotated[Caller, Depends(may("case.read"))], services: ServicesDep
) -> Response:
    """The contacts of the callers of a case; each reading is in the audit log.

    Whoever may call back sees all of them; whoever may read the case sees those that may be named.
    """
    return Json(await services.hotline.contacts(number, caller))


@router.get("/shift", operation_id="getShift", responses=answers(Shift, "What the shift leaves.", 403))
async def shift(caller: ShiftLead, services: ServicesDep) -> Response:
    """What the shift leaves now: open, overdue and urged cases, and promised calls."""
    return Json(await services.hotline.shift(caller))


@router.get(
    "/handovers", operation_id="listHandovers", responses=answers(HandoverPage, "Some hand-overs.", 403),
    dependencies=[Depends(may("shift.hand_over"))],
)  # fmt: skip
async def handovers(
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Cursor = None,
) -> Response:
    """Hand-overs of shifts, newest first."""
    return Json(await services.hotline.handovers(limit=limit, cursor=cursor))


@router.post(
    "/handovers", operation_id="handOver", status_code=201,
    responses=answers(Handover, "The hand-over.", 400, 403, 413, status=201),
)  # fmt: skip
async def hand_over(body: HandoverRequest, caller: LeavingLead, services: ServicesDep) -> Response:
    """Keep what the shift leaves now, with a note. It is never changed afterwards."""
    return Json(await services.hotline.hand_over(caller, body.note), status_code=201)


@router.post(
    "/handovers/{handover_id}/acknowledgement", operation_id="acknowledgeHandover",
    responses=answers(Handover, "The hand-over.", 400, 403, 404, 409),
)  # fmt: skip
async def acknowledge(handover_id: HandoverId, caller: LeavingLead, services: ServicesDep) -> Response:
    """Acknowledge the hand-over of another account. A repeat does nothing."""
    return Json(await services.hotline.acknowledge(handover_id, caller))
