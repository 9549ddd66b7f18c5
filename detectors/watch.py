"""All detectors of one camera: looks go in, incidents that begin and end come out.

The edge program and `streetwarden replay` both run this code. It reads no clock, opens no file and starts no
thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.confirmation import Change, Confirmation, ConfirmationSettings
from detectors.cover.detector import CoverDetector
from detectors.cover.settings import CoverSettings
from detectors.day_night import DayNightFilter, DayNightSettings
from detectors.ground import Box
from detectors.health.detector import Health, HealthDetector
from detectors.health.settings import HealthSettings
from detectors.hours import AllowedHoursFilter
from detectors.left_object.detector import LeftObjectDetector
from detectors.left_object.settings import LeftObjectSettings
from detectors.look import Image, Look
from detectors.observations import Observations, Verdict
from detectors.places import CoverPlace, Purpose, Zone
from detectors.thresholds import COST, Threshold

COVERS: Final = "covers"
ZONES: Final = "zones"
COVER_ALARMS: Final = {"cover_missing": Verdict.MISSING, "cover_displaced": Verdict.DISPLACED}
"""Kind of incident → the verdict that opens it. In both the shaft is open."""
_COVER_KINDS: Final = {verdict: kind for kind, verdict in COVER_ALARMS.items()}
_LIGHT: Final = {False: "colour", True: "infrared"}
_STILL_WIDTH_PX: Final = 960
_SURELY_GONE_S: Final = 20.0
"""After this time the detector has certainly noticed that an object has gone."""

ReferenceImage = NDArray[np.uint8]
"""(rows, columns) grey of a cover's surroundings, or (rows, columns, 3) BGR of a zone's, at working size."""


class Veto(Protocol):
    """Decides on an incident that is about to begin in a zone; after a refusal, again after each dwell."""

    def refuses(self, purpose: Purpose, image: Image, box_px: Box) -> bool:
        """Whether the box holds no object that the zone looks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """The settings of all detectors; the defaults are what a box runs with."""

    day_night: DayNightSettings = field(default_factory=DayNightSettings)
    cover: CoverSettings = field(default_factory=CoverSettings)
    left_object: LeftObjectSettings = field(default_factory=LeftObjectSettings)
    health: HealthSettings = field(default_factory=HealthSettings)
    cover_confirmation: ConfirmationSettings = field(
        default_factory=lambda: ConfirmationSettings(begin_looks=6, begin_s=12.0)
    )
    zone_confirmation: ConfirmationSettings = field(
        default_factory=lambda: ConfirmationSettings(begin_looks=2, begin_s=0.5, end_looks=2, end_s=1.5)
    )
    still_every_s: Annotated[
        float, Threshold("s", "how often the picture from before an incident is renewed", COST)
    ] = 30.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class IncidentChange:
    """An incident begins or ends.

    Attributes:
        kind: `cover_missing`, `cover_displaced`, `stall`, `goods` or `vehicle`.
        change: phase, place, object, confidence, box and times.
        before: an earlier picture, from when no place had an alarming verdict, at most 960 px wide; None if
            there is none.
        before_s: the moment of that picture, seconds on the clock of the looks.
        image: the full picture of the look that decided the change.
    """

    kind: str
    change: Change
    before: Image | None
    before_s: float
    image: Image

    @property
    def key(self) -> tuple[str, str, int]:
        """Kind, place and object number; the beginning and the end of an incident have the same key."""
        return self.kind, self.change.observation.place, self.change.observation.object_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The results of one look.

    Attributes:
        health: the health of the camera.
        covers: the rows of the covers; None between two judgements, or while the camera's health is in doubt.
        zones: the rows of the zones and of the objects in them; None likewise.
        incidents: the incidents that begin or end with this look.
    """

    health: Health
    covers: Observations | None
    zones: Observations | None
    incidents: tuple[IncidentChange, ...]


class CameraWatch:
    """All detectors of one camera."""

    def __init__(
        self,
        *,
        covers: Sequence[CoverPlace],
        zones: Sequence[Zone],
        frame_px: tuple[int, int],
        settings: WatchSettings | None = None,
        veto: Veto | None = None,
    ) -> None:
        """Prepare for pictures of `frame_px` columns and rows.

        Raises:
            DetectorError: a cover is too small or lies outside the picture.
        """
        self.settings = settings or WatchSettings()
        self._frame_px = frame_px
        self._day_night = DayNightFilter(self.settings.day_night)
        self._health = HealthDetector(frame_px, self.settings.health)
        self.covers = CoverDetector(covers, frame_px, self.settings.cover) if covers else None
        self.zones = LeftObjectDetector(zones, frame_px, self.settings.left_object) if zones else None
        self._veto = veto
        self._vetoed: set[tuple[str, int]] = set()
        self._places = {zone.id: zone for zone in zones}
        self._hours = AllowedHoursFilter(
            hours={zone.id: zone.allowed for zone in zones if zone.allowed is not None},
            dwell_s={zone.id: zone.dwell_s for zone in zones},
        )
        self._cover_incidents = Confirmation(
            frozenset(COVER_ALARMS.values()), self.settings.cover_confirmation
        )
        self._zone_incidents = Confirmation(frozenset({Verdict.OCCUPIED}), self.settings.zone_confirmation)
        self._stills: tuple[Image | None, Image | None] = (None, None)
        self._stills_s = (-np.inf, -np.inf)
        self._still_s = -np.inf

    @property
    def wanted_gap_s(self) -> float:
        """How far apart looks should be, in seconds."""
        return min(
            self.covers.wanted_gap_s if self.covers else 2.0, self.zones.wanted_gap_s if self.zones else 2.0
        )

    @property
    def longest_gap_s(self) -> float:
        """A quarter of the shortest dwell, seconds; with longer gaps incidents may be missed."""
        return 3 * self.zones.wanted_gap_s if self.zones else 6.0

    def learned(self) -> dict[str, ReferenceImage]:
        """The learned pictures, to be kept over a restart: `detector/place/light` → picture."""
        known = {COVERS: self.covers.references()} if self.covers else {}
        if self.zones:
            known[ZONES] = self.zones.backgrounds()
        return {
            f"{detector}/{place}/{_LIGHT[infrared]}": picture
            for detector, places in known.items()
            for place, pictures in places.items()
            for infrared, picture in pictures.items()
        }

    def remember(self, learned: Mapping[str, ReferenceImage]) -> None:
        """Restore the pictures that an earlier run learned; a picture that no longer fits is left out.

        A name that begins with `zones/` stands for a picture of the empty zone, which is useful only while
        the light stays the same.
        """
        for name, picture in learned.items():
            detector, _, rest = name.partition("/")
            place, _, light = rest.rpartition("/")
            if light in _LIGHT.values():
                pictures = {place: {light == _LIGHT[True]: picture}}
                if detector == COVERS and self.covers:
                    self.covers.remember(pictures)
                elif detector == ZONES and self.zones:
                    self.zones.remember(pictures)

    def resume_cover(self, place: str, kind: str) -> None:
        """Restore an incident that was open before a restart: it can end, and does not begin again."""
        self._cover_incidents.resume(place, 0, COVER_ALARMS[kind])

    def look(self, look: Look) -> Report:
        """Analyse one look."""
        self._hours.note(look)
        confirmed = self._day_night.confirmed(look) if look.size_px == self._frame_px else look
        if confirmed is None:
            return Report(health=self._health.last, covers=None, zones=None, incidents=())
        look = confirmed
        health = self._health.look(look)
        if health.doubtful:
            return Report(health=health, covers=None, zones=None, incidents=())
        covers = self.covers.look(look, health.shift_px) if self.covers else None
        lies = (health.shift_px[0] + health.jitter_px[0], health.shift_px[1] + health.jitter_px[1])
        zones = self._hours.applied(self.zones.look(look, lies)) if self.zones else None
        if zones is not None and self._vetoed:
            self._vetoed -= {
                (row.place, row.object_number) for row in zones.rows() if row.verdict is Verdict.OK
            }
        found = [
            *(
                (change, _COVER_KINDS[change.alarm])
                for change in self._settled(self._cover_incidents, covers)
            ),
            *(
                (change, str(self._places[change.observation.place].purpose))
                for change in self._settled(self._zone_incidents, zones)
                if change.observation.object_number and not self._is_vetoed(change, look)
            ),
        ]
        incidents = tuple(
            IncidentChange(
                kind=kind,
                change=change,
                before=self._stills[0],
                before_s=self._stills_s[0],
                image=look.image,
            )
            for change, kind in found
        )
        self._keep_still(look, covers, zones)
        return Report(health=health, covers=covers, zones=zones, incidents=incidents)

    def _settled(self, confirmation: Confirmation, observations: Observations | None) -> list[Change]:
        return confirmation.observe(observations) if observations is not None else []

    def _is_vetoed(self, change: Change, look: Look) -> bool:
        """Whether the veto refuses an incident that is about to begin; it is asked again later if so.

        After a refused person has walked off, the zone still counts as occupied for a few looks, which show
        nobody whom the veto could refuse. An incident that was refused once must therefore be accepted twice,
        far enough apart.
        """
        row = change.observation
        zone, key = self._places[row.place], (row.place, row.object_number)
        if self._veto is None or change.phase == "ended":
            return False
        refused = self._veto.refuses(zone.purpose, look.image, row.box_px)
        if not refused and key not in self._vetoed:
            return False
        (self._vetoed.add if refused else self._vetoed.remove)(key)
        self._zone_incidents.dismiss(*key, look.at_s + max(zone.dwell_s, _SURELY_GONE_S))
        return True

    def _keep_still(self, look: Look, covers: Observations | None, zones: Observations | None) -> None:
        """Keep two stills. The older one was taken before anything began that is now being confirmed."""
        if look.at_s - self._still_s < self.settings.still_every_s:
            return
        for observations in (covers, zones):
            if observations is not None and len(observations) and (observations.verdict > Verdict.OK).any():
                return
        self._still_s = look.at_s
        columns, rows = look.size_px
        scale = min(1.0, _STILL_WIDTH_PX / columns)
        still = cv2.resize(
            look.image, (round(columns * scale), round(rows * scale)), interpolation=cv2.INTER_AREA
        )
        newest = self._stills[1]
        kept = np.asarray(still, np.uint8)
        self._stills = (newest if newest is not None else kept, kept)
        self._stills_s = (self._stills_s[1] if newest is not None else look.at_s, look.at_s)
