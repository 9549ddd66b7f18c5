"""Requests about cases."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter, model_validator

from cases import Category
from cases.workflow import Given
from casework import About, Caller, PersonsReport
from center.models import EntityKind
from center.web.parameters import LARGEST_INTEGER, Latitude, Longitude, Moment, Text

_FROM_DEVICES: Final = ("camera", "sensor", "rule")
"""Sources that people cannot use, because some open cases by themselves."""


class ActionRequest(BaseModel):
    """An action on a case."""

    model_config = ConfigDict(extra="forbid")

    action: Annotated[
        Text, Field(min_length=1, max_length=32, description="One of the case's possible `actions`.")
    ]
    expected_sequence: Annotated[
        int,
        Field(
            ge=1,
            le=LARGEST_INTEGER,
            description="The case's `sequence` as the caller saw it; 409 if the case has changed.",
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
        Text | None, Field(min_length=1, max_length=64, description="A condition of the case's code.")
    ] = None
    until: Annotated[Moment | None, Field(description="The end of a suspension.")] = None
    into: Annotated[
        Text | None, Field(min_length=1, max_length=40, description="The case to merge into.")
    ] = None
    incidents: Annotated[
        list[UUID] | None, Field(max_length=200, description="The incidents to split off.")
    ] = None

    def given(self) -> Given:
        """What the person gives with the action."""
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
    """The key of a rule event, as in the list of rule events."""

    model_config = ConfigDict(extra="forbid")

    kind: EntityKind
    id: Annotated[Text, Field(min_length=1, max_length=64)]
    rule: Annotated[Text, Field(min_length=1, max_length=64)]
    area: Annotated[Text, Field(max_length=200)]
    phase: Literal["begun", "ended"]
    time: Moment


class OpeningRequest(BaseModel):
    """A case to open from a rule event."""

    model_config = ConfigDict(extra="forbid")

    rule_event: RuleEventReference
    type: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=48,
            description="The incident type: one of `/incident-types`, or the kind of the rule.",
        ),
    ]
    note: Annotated[Text | None, Field(min_length=1, max_length=1000, description="Why.")] = None


class CallerDetails(BaseModel):
    """The person who told the problem to the reporter."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Text | None, Field(min_length=1, max_length=64)] = None
    telephone: Annotated[Text | None, Field(pattern=r"^[0-9+() -]{3,32}$")] = None
    call_back: Annotated[bool, Field(description="Whether the caller wants to hear the result.")] = False
    public: Annotated[
        bool, Field(description="Whether the caller may be named to whoever handles the case.")
    ] = False
    called_at: Annotated[Moment | None, Field(description="When the caller called; if left out, now.")] = None

    @model_validator(mode="after")
    def _can_be_called(self) -> CallerDetails:
        if self.call_back and self.telephone is None:
            raise ValueError("a caller who wants to be called back needs a telephone number")
        return self


class ReportRequest(BaseModel):
    """A person's report: an incident type or a code, a place, and words."""

    model_config = ConfigDict(extra="forbid")

    source: Annotated[
        Text,
        Field(
            pattern="^[a-z][a-z0-9_]{0,31}$",
            description="How the city learned of it: hotline, patrol, citizen, leader …; not a device's.",
        ),
    ]
    type: Annotated[
        Text | None, Field(min_length=1, max_length=48, description="One of `/incident-types`; or `code`.")
    ] = None
    category: Category = Category.EVENT
    code_set: Annotated[Text, Field(min_length=1, max_length=16)] = "A"
    code: Annotated[Text | None, Field(pattern="^[0-9]{2,6}$", description="The title.")] = None
    condition: Annotated[
        Text | None,
        Field(min_length=1, max_length=64, description="The condition of the code, if known already."),
    ] = None
    lat: Latitude
    lon: Longitude
    title: Annotated[Text | None, Field(min_length=1, max_length=100)] = None
    description: Annotated[Text | None, Field(min_length=1, max_length=1000)] = None
    district: Annotated[
        Text | None,
        Field(
            pattern="^[0-9]{6}$",
            description="The district of the place; if left out, that of its unit grid cell.",
        ),
    ] = None
    component: Annotated[Text | None, Field(pattern="^[0-9]{16}$")] = None
    observed_at: Annotated[Moment | None, Field(description="When it was seen; if left out, now.")] = None
    level: Literal["everyday", "ordinary", "serious", "grave"] | None = None
    caller: CallerDetails | None = None

    @model_validator(mode="after")
    def _is_about_one_thing(self) -> ReportRequest:
        if (self.type is None) is (self.code is None):
            raise ValueError("give either type or code")
        if self.source in _FROM_DEVICES:
            raise ValueError(f"source {self.source} is for devices; people report as hotline, patrol …")
        return self

    def said(self) -> PersonsReport:
        """The report."""
        about: str | About = self.type or About(
            category=self.category, code_set=self.code_set, code=self.code or "", condition=self.condition
        )
        return PersonsReport(
            source=self.source,
            about=about,
            lat=self.lat,
            lon=self.lon,
            title=self.title,
            description=self.description,
            district=self.district,
            component=self.component,
            observed_at=self.observed_at,
            level=self.level,
            caller=Caller(**self.caller.model_dump()) if self.caller is not None else None,
        )


class GeotaggedRequest(BaseModel):
    """Geotagged stills and clips; what is left out, each file says itself (EXIF). A clip says nothing."""

    model_config = ConfigDict(extra="forbid")

    lat: Latitude | None = None
    lon: Longitude | None = None
    taken_at: Annotated[Moment | None, Field(description="When all of them were taken.")] = None
    time_zone: Annotated[
        Text | None,
        Field(
            max_length=64,
            description="Of cameras that state none, such as Asia/Shanghai; if left out, the city's. "
            "The time of GPS is UTC.",
        ),
    ] = None

    @model_validator(mode="after")
    def _is_a_place(self) -> GeotaggedRequest:
        if (self.lat is None) is not (self.lon is None):
            raise ValueError("give both lat and lon, or neither")
        if self.time_zone is not None:
            try:
                ZoneInfo(self.time_zone)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                raise ValueError("time_zone is unknown; use one such as Asia/Shanghai") from None
        return self


def _kind(said: Any) -> str:
    is_finding = isinstance(said, OpeningRequest) or (isinstance(said, dict) and "rule_event" in said)
    return "rule_event" if is_finding else "report"


ACTION: Final = TypeAdapter(ActionRequest)
OPENING: Final[TypeAdapter[OpeningRequest | ReportRequest]] = TypeAdapter(
    Annotated[
        Annotated[OpeningRequest, Tag("rule_event")] | Annotated[ReportRequest, Tag("report")],
        Discriminator(_kind),
    ]
)
GEOTAGGED: Final = TypeAdapter(GeotaggedRequest)
REQUESTS: Final = (ActionRequest, OpeningRequest, ReportRequest, GeotaggedRequest)
"""What OpenAPI describes."""
