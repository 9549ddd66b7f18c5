"""Which account may report for which camera, and which incident types: `[[sources]]` tables. Pure.

The broker's access rules control the topics of each account. They cannot see the contents of a payload: the
camera of a still, the camera and the type of an incident. Those are checked here, before anything is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Final

from msgspec import Meta, Struct
from msgspec.structs import replace

from geo.distance import distance_m
from ingest.errors import BadMessageError, IngestError, Reason
from wire.messages import Evidence, Frame, Identity, Incident, Latitude, Longitude, Slug, Status
from wire.topics import Kind, Topic

_GRANTS_KEPT: Final = 100_000
_CAMERA_DETAIL: Final = "camera."


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The cameras and incident types that some accounts may report."""

    account: Annotated[
        str,
        Meta(
            pattern=f"^({'|'.join(Kind)})/[A-Za-z0-9_.*?-]+$",
            description="The user at the broker, such as box/box-1, or a pattern with * and ? in the id. "
            "The first table with exactly this account applies, else the first whose pattern matches.",
        ),
    ]
    cameras: Annotated[
        tuple[Identity, ...],
        Meta(
            description="Cameras whose stills and incidents the account may send. A camera may always "
            "report for itself."
        ),
    ] = ()
    types: Annotated[
        tuple[Slug, ...], Meta(description="Incident types that it may report; empty: all.")
    ] = ()
    reach_m: Annotated[
        float,
        Meta(
            gt=0,
            le=100_000,
            description="Largest distance of an incident from its camera, or from lat and lon, metres.",
        ),
    ] = 500.0
    lat: Annotated[
        Latitude | None,
        Meta(description="The place of the account, for incidents without a camera, degrees (WGS-84)."),
    ] = None
    lon: Annotated[Longitude | None, Meta(description="Likewise.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The rights of one account.

    Attributes:
        cameras: the cameras that it may report for.
        types: the incident types that it may report; None: all.
        reach_m: the largest distance of an incident from its camera, or from `place`, metres.
        place: the place of the account as (lat, lon), degrees; None if the settings give none.
    """

    cameras: frozenset[str]
    types: frozenset[str] | None
    reach_m: float
    place: tuple[float, float] | None = None

    @property
    def reports(self) -> bool:
        """Whether it may report anything."""
        return self.types is None or bool(self.types)


class Authority:
    """Checks reports against the rights of their accounts.

    An account that no table matches may report for no camera and no incidents; a camera may always report for
    itself.

    Args:
        sources: in the order of the settings.

    Raises:
        IngestError: a table is inconsistent.
    """

    def __init__(self, sources: Sequence[Source] = ()) -> None:
        for source in sources:
            if (source.lat is None) is not (source.lon is None):
                raise IngestError(f"sources: {source.account} needs both lat and lon, or neither")
        exact = [source for source in sources if not set("*?") & set(source.account)]
        self._exact = {source.account: source for source in reversed(exact)}
        self._patterns = [source for source in sources if set("*?") & set(source.account)]
        self._grants: dict[str, Grant] = {}

    def of(self, topic: Topic) -> Grant:
        """The rights of the account that publishes on a topic."""
        user = topic.user
        grant = self._grants.get(user)
        if grant is None:
            if len(self._grants) >= _GRANTS_KEPT:
                self._grants.clear()
            grant = self._grants[user] = self._grant(user, topic)
        return grant

    def check_frame(self, topic: Topic, frame: Frame) -> None:
        """Check that the sender may report for the camera of a still.

        Raises:
            BadMessageError: it may not.
        """
        self._check_camera(topic, frame.camera or topic.id)

    def check_incident(self, topic: Topic, incident: Incident) -> None:
        """Check that the sender may report an incident of this type, camera and place.

        Raises:
            BadMessageError: it may not.
        """
        grant = self.of(topic)
        self._check_reports(topic)
        if grant.types is not None and incident.type not in grant.types:
            raise _refusal(f"{topic.user} may not report {incident.type}")
        if incident.camera is not None:
            self._check_camera(topic, incident.camera)
        elif topic.kind is Kind.BOX:
            raise _refusal(f"an incident of {topic.user} must name its camera")
        elif grant.place is not None:
            away_m = float(distance_m(*grant.place, incident.lat, incident.lon))
            if away_m > grant.reach_m:
                raise too_far(topic, away_m, grant.reach_m)

    def check_evidence(self, topic: Topic, _evidence: Evidence) -> None:
        """Check that the sender may report incidents at all.

        Raises:
            BadMessageError: it may not.
        """
        self._check_reports(topic)

    def own_status(self, topic: Topic, status: Status) -> Status:
        """A status without details about cameras that the sender may not report for."""
        own = self.of(topic).cameras
        detail = {
            name: text
            for name, text in status.detail.items()
            if not name.startswith(_CAMERA_DETAIL)
            or name.removeprefix(_CAMERA_DETAIL) in own
            or name.removeprefix(_CAMERA_DETAIL).removesuffix(".reason") in own
        }
        return status if len(detail) == len(status.detail) else replace(status, detail=detail)

    def _check_camera(self, topic: Topic, camera: str) -> None:
        if camera not in self.of(topic).cameras:
            raise _refusal(f"{topic.user} may not report for camera {camera}")

    def _check_reports(self, topic: Topic) -> None:
        if not self.of(topic).reports:
            raise _refusal(f"{topic.user} may not report incidents")

    def _grant(self, user: str, topic: Topic) -> Grant:
        own = {topic.id} if topic.kind is Kind.CAMERA else set()
        matching = (source for source in self._patterns if fnmatchcase(user, source.account))
        source = self._exact.get(user) or next(matching, None)
        if source is None:
            types = None if topic.kind is Kind.CAMERA else frozenset[str]()
            return Grant(cameras=frozenset(own), types=types, reach_m=Source(account=user).reach_m)
        return Grant(
            cameras=frozenset({*source.cameras, *own}),
            types=frozenset(source.types) or None,
            reach_m=source.reach_m,
            place=(source.lat, source.lon) if source.lat is not None and source.lon is not None else None,
        )


def too_far(topic: Topic, away_m: float, reach_m: float) -> BadMessageError:
    """The error for an incident beyond its sender's reach."""
    return _refusal(
        f"the incident of {topic.user} lies {away_m:.0f} m away, farther than its reach of {reach_m:g} m"
    )


def _refusal(text: str) -> BadMessageError:
    return BadMessageError(Reason.AUTHORITY, f"{text}; see [[sources]] in the settings of ingest")
