"""The search: one route over everything that the city keeps."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from center.people.access import Reader, ServicesDep
from center.search.models import SearchAnswer, SearchKind
from center.search.question import MAX_CHARACTERS, question_of
from center.web.answers import Json, answers
from center.web.parameters import Text

router = APIRouter(default_response_class=Response, tags=["search"])


class SearchQuery(BaseModel):
    """What is searched for."""

    model_config = ConfigDict(extra="forbid")

    words: Annotated[
        Text,
        Field(
            max_length=MAX_CHARACTERS,
            description="Words, of which each is searched for; numbers, or the beginning or the end of one; "
            "or a latitude and longitude. Nothing in it is a wildcard.",
        ),
    ] = ""
    near: Annotated[
        Text | None,
        Field(max_length=40, description="Latitude and longitude, such as 24.9,118.6: only what is near."),
    ] = None
    within_m: Annotated[int, Field(ge=1, le=20_000, description="Metres around `near`.")] = 200
    kind: Annotated[
        list[SearchKind], Field(max_length=len(SearchKind), description="Only of these kinds.")
    ] = []
    limit: Annotated[int, Field(ge=1, le=20, description="Hits of each kind.")] = 5


@router.get("/search", operation_id="search", responses=answers(SearchAnswer, "What was found.", 429))
async def search(caller: Reader, query: Annotated[SearchQuery, Query()], services: ServicesDep) -> Response:
    """Search cases, components, streets, grid cells, codes and conditions, laws, and responsible units.

    If nothing of a kind has all words as they were written, what is like them is shown, with `exact` false.
    """
    asked = question_of(query.words, near=query.near, within_m=query.within_m)
    return Json(await services.search.find(asked, caller, kinds=query.kind, limit=query.limit))
