"""What the routes work with, each by the methods they use."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from starlette.websockets import WebSocket

from cases import Action
from center import history, models
from center.lookups import CaseFilter
from center.map_layers import MapLayer
from center.rule_events import RuleEventFilter, RuleEventKey
from center.sign_on import Begun
from geo.journeys import JourneyThresholds
from geo.track import Track
from store.history import EntityRef
from store.operators import SignedOn


class SignOn(Protocol):
    """Sessions."""

    idle: timedelta
    """Without use for so long, a session ends."""

    async def sign_on(self, *, login: str, password: str, address: str, device: str) -> Begun:
        """Begin a session. Refuses a wrong password."""

    async def find(self, token: str, *, used: bool) -> SignedOn | None:
        """The session of a token, while it is valid."""

    async def change_password(
        self, session: SignedOn, *, password: str, new: str, address: str, device: str
    ) -> str:
        """Give the account of a session a new password; the browser's new device cookie."""

    async def end(self, session: SignedOn) -> None:
        """End a session, and its live feeds."""


class Lookups(Protocol):
    """Questions to the database."""

    async def cases(self, chosen: CaseFilter, *, limit: int, cursor: str | None) -> models.CasePage:
        """A page of cases."""

    async def case(self, number: str) -> models.CaseDetail | None:
        """A case with all that belongs to it."""

    async def incidents(self, *, limit: int, cursor: str | None) -> models.IncidentPage:
        """A page of incidents."""

    async def entity(self, kind: models.EntityKind, identity: str) -> models.EntityDetail | None:
        """What is known of an entity; None if it was never heard of."""

    def incident_types(self) -> list[models.IncidentType]:
        """Those that the city has decided about."""

    async def cameras(self) -> list[models.Camera]:
        """All cameras."""

    async def still(self, camera: str) -> tuple[bytes, datetime] | None:
        """A camera's newest still, and when it was taken."""

    async def evidence_media_type(self, digest: str) -> str | None:
        """What kind of file a digest names, if any."""

    async def layer(self, layer: models.LayerName) -> MapLayer:
        """A layer of the city's map."""


class History(Protocol):
    """Questions about the past."""

    async def find(self, entities: Sequence[tuple[str, str]]) -> list[EntityRef]:
        """Those of some entities (kind, id) that have ever spoken; refuses if one has not."""

    def tracks(
        self, entity: EntityRef, begin: datetime, end: datetime, *, doubtful: bool
    ) -> AsyncIterator[Track]:
        """One entity's fixes in pages."""

    async def page(
        self,
        entities: Sequence[EntityRef],
        begin: datetime,
        end: datetime,
        *,
        doubtful: bool,
        limit: int,
        cursor: str | None,
    ) -> history.FixPage:
        """A page of fixes of several entities."""

    async def telemetry(
        self,
        entity: EntityRef,
        begin: datetime,
        end: datetime,
        *,
        reading: str | None,
        limit: int,
        cursor: str | None,
    ) -> history.SamplePage:
        """A page of readings, and the latest of each."""

    async def journeys(
        self, entity: EntityRef, begin: datetime, end: datetime, thresholds: JourneyThresholds
    ) -> history.Journeys:
        """Trips and stops."""

    async def speed(
        self, entity: EntityRef, begin: datetime, end: datetime, buckets: int
    ) -> history.SpeedProfile:
        """The speed profile."""

    async def visits(
        self, *, lat: float, lon: float, radius_m: float, begin: datetime, end: datetime
    ) -> history.VisitList:
        """Who was near a place."""


class RuleEvents(Protocol):
    """What rules found."""

    async def page(
        self, chosen: RuleEventFilter, begin: datetime, end: datetime, *, limit: int, cursor: str | None
    ) -> models.RuleEventPage:
        """A page of findings of a period, newest first."""

    async def open_case(
        self, key: RuleEventKey, *, incident_type: str, actor: str, note: str | None
    ) -> tuple[str, bool]:
        """The number of the case of a finding, and whether it is new."""


class CaseActions(Protocol):
    """What people do with cases."""

    async def act(
        self,
        number: str,
        *,
        action: Action,
        actor: str,
        note: str | None,
        department: str | None,
        expected_sequence: int,
    ) -> None:
        """Take a case one step further; refuses what its stage doesn't allow."""


class EvidenceFiles(Protocol):
    """Where pictures and clips are kept."""

    async def get(self, digest: str, *, media_type: str = ...) -> bytes:
        """Read one."""


class Thumbnails(Protocol):
    """Small copies of pictures."""

    async def get(self, key: str, read: Callable[[], Awaitable[bytes]]) -> bytes:
        """The thumbnail of the picture that `read` gives; refuses what is no picture."""


class Live(Protocol):
    """The live picture."""

    def entities(self) -> list[models.Entity]:
        """Everything that is live now."""

    def status(self) -> models.SystemStatus:
        """The status strip."""

    async def serve(self, browser: WebSocket, session: SignedOn) -> None:
        """Feed one browser until it or its session ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All of them."""

    sign_on: SignOn
    lookups: Lookups
    history: History
    rule_events: RuleEvents
    case_actions: CaseActions
    evidence: EvidenceFiles
    thumbnails: Thumbnails
    live: Live
    clock: Callable[[], datetime]
