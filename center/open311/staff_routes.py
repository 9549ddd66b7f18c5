"""What staff decide about the public: what it sees of a case, and which systems send reports."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from center.open311.models import ApiKeyList, IssuedApiKey, Publication
from center.people.access import Caller, ServicesDep, may, may_change
from center.web.answers import Json, answers
from center.web.parameters import Text
from store.api_keys import PER_DAY, PER_MINUTE

router = APIRouter(default_response_class=Response, tags=["public"])

Number = Annotated[Text, Path(min_length=1, max_length=40)]
Publisher = Annotated[Caller, Depends(may("case.publish"))]
Releaser = Annotated[Caller, Depends(may_change("case.publish"))]
Administrator = Annotated[Caller, Depends(may_change("people.administer"))]
_KEY_NAME = r"^[a-z0-9][a-z0-9._-]{0,31}$"


class PublicationBody(BaseModel):
    """What the public may see of a case from now on; everything else is withdrawn."""

    model_config = ConfigDict(extra="forbid")

    files: Annotated[
        list[Annotated[str, Field(pattern="^[0-9a-f]{64}$")]],
        Field(max_length=200, description="Digests of pictures of the case."),
    ]
    words_of: Annotated[
        list[Annotated[Text, Field(min_length=1, max_length=40)]],
        Field(
            max_length=200,
            description="The `service_request_id` of each report whose description and address are shown.",
        ),
    ]


class NewApiKey(BaseModel):
    """A key to be issued."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=_KEY_NAME, description="Of the system; it stays used for ever.")]
    contact: Annotated[Text, Field(min_length=1, max_length=200, description="Whom to write to about it.")]
    per_minute: Annotated[int, Field(ge=1, le=100_000)] = PER_MINUTE
    per_day: Annotated[int, Field(ge=1, le=10_000_000)] = PER_DAY


@router.get(
    "/cases/{number}/publication", operation_id="getPublication",
    responses=answers(Publication, "What is public.", 403, 404),
)  # fmt: skip
async def publication(number: Number, caller: Publisher, services: ServicesDep) -> Response:
    """What the public may see of a case, besides its status: released pictures and words."""
    return Json(await services.publications.of(number, caller))


@router.put(
    "/cases/{number}/publication", operation_id="setPublication",
    responses=answers(Publication, "What is public, after it.", 400, 403, 404, 413),
)  # fmt: skip
async def set_publication(
    number: Number, wanted: PublicationBody, caller: Releaser, services: ServicesDep
) -> Response:
    """Release pictures and words of a case to the public, and withdraw all others."""
    return Json(
        await services.publications.change(number, caller, files=wanted.files, words_of=wanted.words_of)
    )


@router.get(
    "/api-keys", operation_id="listApiKeys",
    responses=answers(ApiKeyList, "All that were ever issued.", 403),
    dependencies=[Depends(may("people.administer"))],
)  # fmt: skip
async def api_keys(services: ServicesDep) -> Response:
    """The keys of systems that send citizens' reports, without their text."""
    return Json(await services.api_keys.all())


@router.post(
    "/api-keys", operation_id="issueApiKey", status_code=201,
    responses=answers(IssuedApiKey, "The key; it cannot be read again.", 400, 403, 409, 413, status=201),
)  # fmt: skip
async def issue_api_key(wanted: NewApiKey, caller: Administrator, services: ServicesDep) -> Response:
    """Issue a key to a system."""
    key = await services.api_keys.issue(
        caller,
        name=wanted.name,
        contact=wanted.contact,
        per_minute=wanted.per_minute,
        per_day=wanted.per_day,
    )
    return Json(IssuedApiKey(name=wanted.name, key=key), status_code=201)


@router.delete(
    "/api-keys/{name}", operation_id="revokeApiKey",
    responses=answers(ApiKeyList, "All that were ever issued, after it.", 403, 404),
)  # fmt: skip
async def revoke_api_key(
    name: Annotated[str, Path(pattern=_KEY_NAME)], caller: Administrator, services: ServicesDep
) -> Response:
    """Revoke a key: from now on it opens nothing."""
    await services.api_keys.revoke(caller, name)
    return Json(await services.api_keys.all())
