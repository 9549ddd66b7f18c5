"""The change feed of cases, and webhooks."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from casework.exchange.imports import Imported
from casework.exchange.webhooks import Wanted, WebhookError
from center.exchange import models
from center.exchange.imports import DESCRIBED, FILE_PARTS, JSON_PART, REQUEST
from center.exchange.webhooks import RIGHT
from center.people.access import Caller, ServicesDep, may, may_change
from center.web.answers import Json, Refusal, answers
from center.web.bodies import read
from center.web.parameters import LARGEST_INTEGER, Text

router = APIRouter(default_response_class=Response, tags=["exchange"])

_DONE: Final = (400, 403, 404, 413)

Name = Annotated[Text, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Position = Annotated[int, Path(ge=1, le=LARGEST_INTEGER)]
After = Annotated[int, Query(ge=0, le=LARGEST_INTEGER, description="`next_after` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=500)]
Looker = Annotated[Caller, Depends(may(RIGHT))]
Changer = Annotated[Caller, Depends(may_change(RIGHT))]
Word = Annotated[Text, Field(min_length=1, max_length=64)]


class WebhookBody(BaseModel):
    """What a subscription is for."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[Text, Field(min_length=1, max_length=500)]
    actions: Annotated[list[Word], Field(max_length=200, description="Of events; none for all.")] = []
    districts: Annotated[list[Word], Field(max_length=200, description="6 digits; none for all.")] = []
    departments: Annotated[
        list[Word],
        Field(max_length=200, description="Codes, each with the departments below it; none for all."),
    ] = []
    enabled: bool = True

    def wanted(self) -> Wanted:
        """The checked values.

        Raises:
            Refusal: 422, one is not possible.
        """
        try:
            return Wanted(
                url=self.url,
                actions=tuple(self.actions),
                districts=tuple(self.districts),
                departments=tuple(self.departments),
                enabled=self.enabled,
            )
        except WebhookError as error:
            raise Refusal(422, "not_possible", str(error)) from None


class NewWebhook(WebhookBody):
    """A subscription to be added."""

    name: Annotated[Text, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    after: Annotated[
        int | None,
        Field(
            ge=0,
            le=LARGEST_INTEGER,
            description="Deliver from after this position of the feed; null: from now.",
        ),
    ] = None


class ReplayBody(BaseModel):
    """Which dead letters are sent again."""

    model_config = ConfigDict(extra="forbid")

    positions: Annotated[
        list[Annotated[int, Field(ge=1, le=LARGEST_INTEGER)]] | None,
        Field(max_length=1000, description="null for all."),
    ] = None


@router.get(
    "/cases/changes", operation_id="listCaseChanges",
    responses=answers(models.FeedPage, "Some changes.", 403),
)  # fmt: skip
async def changes(
    caller: Annotated[Caller, Depends(may("case.read"))],
    services: ServicesDep,
    after: After = 0,
    limit: Limit = 100,
) -> Response:
    """Changes of cases that the caller may see, in the order of the feed, which never changes.

    Whoever repeats the request with `next_after` gets every change once.
    """
    return Json(await services.change_feed.page(caller, after=after, limit=limit))


@router.get(
    "/exchange/webhooks", operation_id="listWebhooks",
    responses=answers(models.WebhookList, "All of them.", 403), dependencies=[Depends(may(RIGHT))],
)  # fmt: skip
async def webhooks(services: ServicesDep) -> Response:
    """Subscriptions of other systems, with the state of their delivery."""
    return Json(await services.webhooks.list())


@router.post(
    "/exchange/webhooks", operation_id="addWebhook", status_code=201,
    responses=answers(models.WebhookWithSecret, "The subscription.", *_DONE, status=201),
)  # fmt: skip
async def add_webhook(wanted: NewWebhook, caller: Changer, services: ServicesDep) -> Response:
    """Add a subscription. Its secret is shown only now."""
    added = await services.webhooks.add(caller, wanted.name, wanted.wanted(), after=wanted.after)
    return Json(added, status_code=201)


@router.put(
    "/exchange/webhooks/{name}", operation_id="changeWebhook",
    responses=answers(models.WebhookList, "All of them, after it.", *_DONE),
)  # fmt: skip
async def change_webhook(name: Name, wanted: WebhookBody, caller: Changer, services: ServicesDep) -> Response:
    """Change, enable or disable a subscription; what waits is tried again at once."""
    return Json(await services.webhooks.change(caller, name, wanted.wanted()))


@router.delete(
    "/exchange/webhooks/{name}", operation_id="removeWebhook",
    responses=answers(models.WebhookList, "The others.", *_DONE),
)  # fmt: skip
async def remove_webhook(name: Name, caller: Changer, services: ServicesDep) -> Response:
    """Remove a subscription with its dead letters."""
    return Json(await services.webhooks.remove(caller, name))


@router.post(
    "/exchange/webhooks/{name}/secret", operation_id="rotateWebhookSecret",
    responses=answers(models.WebhookWithSecret, "The subscription with its new secret.", *_DONE),
)  # fmt: skip
async def rotate_secret(name: Name, caller: Changer, services: ServicesDep) -> Response:
    """Make a new secret. For 24 hours, messages are signed with the old one too."""
    return Json(await services.webhooks.rotate(caller, name))


@router.get(
    "/exchange/webhooks/{name}/dead-letters", operation_id="listDeadLetters",
    responses=answers(models.DeadLetterPage, "Some of them.", 403, 404), dependencies=[Depends(may(RIGHT))],
)  # fmt: skip
async def dead_letters(name: Name, services: ServicesDep, after: After = 0, limit: Limit = 100) -> Response:
    """Changes whose delivery was given up."""
    return Json(await services.webhooks.dead_letters(name, after=after, limit=limit))


@router.get(
    "/exchange/webhooks/{name}/dead-letters/{position}", operation_id="getDeadLetter",
    responses=answers(models.WebhookMessage, "The body.", 403, 404),
)  # fmt: skip
async def dead_letter(name: Name, position: Position, caller: Looker, services: ServicesDep) -> Response:
    """The body of a dead letter, as it would be sent now."""
    del caller
    return Response(await services.webhooks.body(name, position), media_type="application/json")


@router.post(
    "/exchange/webhooks/{name}/replay", operation_id="replayDeadLetters",
    responses=answers(models.Replayed, "How many.", *_DONE),
)  # fmt: skip
async def replay(name: Name, wanted: ReplayBody, caller: Changer, services: ServicesDep) -> Response:
    """Send dead letters again, once each. What fails again stays a dead letter."""
    return Json(await services.webhooks.replay(caller, name, wanted.positions))


@router.post(
    "/exchange/imports/{table}", operation_id="importList",
    responses=answers(Imported, "What was done, and every refused row.", *_DONE, 415, 429),
    openapi_extra=DESCRIBED,
)  # fmt: skip
async def import_list(
    table: Annotated[Text, Path(pattern="^[a-z]{1,32}$")],
    request: Request,
    caller: Changer,
    services: ServicesDep,
) -> Response:
    """Import a list: `components`, `units` or `responsibility`. Rows change what has their key.

    If any row is refused, nothing is written, unless `skip_refused`.
    """
    async with services.uploads.body(
        request, account=caller.login, json_part=JSON_PART, file_parts=FILE_PARTS, any_type=True
    ) as body:
        wanted = read(REQUEST, body.json)
        if len(body.files) != 1:
            raise Refusal(422, "invalid", "send one file, as the part 'file'")
        data = await body.files[0].read()
    return Json(await services.imports.take_in(caller, table, wanted, data))
