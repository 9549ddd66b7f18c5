"""The filters of a case list, as query parameters; the same for the API and for the console."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from cases import CasePolicy
from cases.scopes import Scope
from center.cases.queues import Queue
from center.web.answers import Refusal
from center.web.parameters import Moment, Text
from store.case_filter import CaseFilter, Circle, Word
from store.case_lists import CaseSort

_SHORTEST_WORD = 2
_MAX_WORDS = 8
_LONGEST_DUE_S = 366 * 86_400
_MAX_LATITUDE = 90
_MAX_LONGITUDE = 180

_Several = Annotated[list[Annotated[Text, Field(max_length=100)]], Field(max_length=50)]


class CaseQuery(BaseModel):
    """The filters; a case in the list meets all of them, with any one of several values."""

    model_config = ConfigDict(extra="forbid")

    queue: Annotated[Text | None, Field(max_length=40, description="One of `/cases/queues`.")] = None
    stage: Annotated[_Several, Field(description="Only these stages; may be repeated.")] = []
    holder: Annotated[_Several, Field(description="Only these pools: acceptors, dispatchers …")] = []
    department: Annotated[
        _Several, Field(description="Only these responsible departments, by code or name.")
    ] = []
    district: Annotated[_Several, Field(description="Only in these districts, 6 digits.")] = []
    grid: Annotated[_Several, Field(description="Only in these cells of the unit grid.")] = []
    code: Annotated[_Several, Field(description="Only these codes, or codes with these prefixes.")] = []
    source: Annotated[_Several, Field(description="Only from these sources: camera, hotline …")] = []
    type: Annotated[_Several, Field(description="Only these incident types.")] = []
    assignee: Annotated[Text | None, Field(max_length=64, description="The login of the assignee.")] = None
    opener: Annotated[
        Text | None, Field(max_length=128, description="The reporter: a login, or `{kind}/{id}`.")
    ] = None
    number: Annotated[
        Text | None, Field(min_length=1, max_length=40, description="The beginning or the end of the number.")
    ] = None
    words: Annotated[
        Text | None,
        Field(
            max_length=100,
            description="Each word must be in the report's words, in the name of its type or code, or be "
            "the beginning or the end of the number.",
        ),
    ] = None
    overdue: Annotated[bool, Field(description="Only open cases past their deadline.")] = False
    due_within_s: Annotated[
        int | None,
        Field(ge=1, le=_LONGEST_DUE_S, description="Only cases due within this number of seconds."),
    ] = None
    key_case: Annotated[bool, Field(description="Only cases that leaders watch.")] = False
    suspended: Annotated[bool, Field(description="Only suspended cases.")] = False
    urged: Annotated[bool, Field(description="Only cases that were urged and not answered.")] = False
    asked: Annotated[
        bool, Field(description="Only cases with a pending request for a deferral or a suspension.")
    ] = False
    opened_from: Annotated[Moment | None, Field(description="Reported at this time or later.")] = None
    opened_to: Annotated[Moment | None, Field(description="Reported before this time.")] = None
    near: Annotated[
        Text | None,
        Field(
            pattern=r"^-?[0-9]{1,2}(\.[0-9]{1,9})?,-?[0-9]{1,3}(\.[0-9]{1,9})?$",
            description="Only cases near this place: latitude and longitude, separated by a comma.",
        ),
    ] = None
    within_m: Annotated[
        int, Field(ge=1, le=5000, description="The largest distance from `near`, metres.")
    ] = 100
    to_call_back: Annotated[
        bool,
        Field(description="Only cases that ended in the last 90 days, whose caller waits to be called back."),
    ] = False
    open: Annotated[bool | None, Field(description="True: only open cases; false: only ended ones.")] = None
    sort: Annotated[
        CaseSort,
        Field(description="The order: the earliest deadline, the latest report or the latest change first."),
    ] = CaseSort.OPENED
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[Text | None, Field(max_length=400, description="`next_cursor` of the page before.")] = (
        None
    )


CALLED_BACK_WITHIN: Final = timedelta(days=90)
"""Whoever was not reached so long after the end of a case is not called any more."""

CaseQueryDep = Annotated[CaseQuery, Query()]


def filter_of(
    query: CaseQuery, *, queue: Queue | None, scope: Scope, policy: CasePolicy, now: datetime
) -> CaseFilter:
    """The filter of a query.

    Args:
        query: the parameters.
        queue: the queue that it names.
        scope: what the caller may see.
        policy: has the names that words are searched in.
        now: decides which cases ended lately.

    Raises:
        Refusal: 422, a word is too short, or there are too many.
    """
    asked = CaseFilter(
        scope=scope,
        open=query.open,
        stages=tuple(query.stage),
        holders=tuple(query.holder),
        departments=tuple(query.department),
        districts=tuple(query.district),
        grid_cells=tuple(query.grid),
        codes=tuple(query.code),
        sources=tuple(query.source),
        types=tuple(query.type),
        assignee=query.assignee,
        opener=query.opener,
        number=query.number,
        words=words_of(query.words or "", policy),
        overdue=query.overdue,
        due_within=timedelta(seconds=query.due_within_s) if query.due_within_s is not None else None,
        opened_from=query.opened_from,
        opened_to=query.opened_to,
        key_case=query.key_case,
        suspended=query.suspended,
        urged=query.urged,
        near=None if query.near is None else _circle(query.near, query.within_m),
        asked=query.asked,
        to_call_back=now - CALLED_BACK_WITHIN if query.to_call_back else None,
    )
    return asked if queue is None else asked.within(queue.filter)


def _circle(near: str, within_m: int) -> Circle:
    lat, lon = (float(part) for part in near.split(","))
    if abs(lat) > _MAX_LATITUDE or abs(lon) > _MAX_LONGITUDE:
        raise Refusal(422, "invalid", "near: give a latitude of -90 to 90 and a longitude of -180 to 180")
    return Circle(lat=lat, lon=lon, radius_m=within_m)


def words_of(text: str, policy: CasePolicy) -> tuple[Word, ...]:
    """The words to search for, with the types and codes whose names contain them.

    Raises:
        Refusal: 422, a word is too short, or there are too many.
    """
    words = text.lower().split()
    if len(words) > _MAX_WORDS or any(len(word) < _SHORTEST_WORD for word in words):
        raise Refusal(
            422,
            "invalid",
            f"words: search for {_MAX_WORDS} words at most, each of {_SHORTEST_WORD} characters or more",
        )
    return tuple(
        Word(
            text=word,
            types=tuple(
                name
                for name, rule in policy.rules.items()
                if word in rule.title.lower() or word in rule.title_en.lower()
            ),
            codes=policy.codes.named(word),
        )
        for word in words
    )
