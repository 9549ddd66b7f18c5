"""All detectors of one camera: looks go in, incidents that begin and end come out.

The edge program and `streetwarden replay` both run this code. It reads no clock, opens no file and starts no
thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.confirmation import Change, Confirmation, ConfirmationSettings
from detectors.cover.detector import CoverDetector
from detectors.cover.settings import CoverSettings
from detectors.day_night import DayNightFilter, DayNightSettings
from detectors.health.detector import Health, HealthDetector
from detectors.health.settings import HealthSettings
from detectors.hours import AllowedHoursFilter
from detectors.left_object.detector import LeftObjectDetector
from detectors.left_object.settings import LeftObjectSettings
from detectors.look import Image, Look
from detectors.observations import Observation, Observations, Verdict
from detectors.places import CoverPlace, Zone
from detectors.recognition.admission import (
    Admission,
    Admissions,
    Recogniser,
    RecognitionSettings,
    Veto,
    Word,
    strengthened,
)
from detectors.recognition.bystanders import Bystanders
from detectors.thresholds import COST, Threshold

COVERS: Final = "covers"
ZONES: Final = "zones"
COVER_ALARMS: Final = {"cover_missing": Verdict.MISSING, "cover_displaced": Verdict.DISPLACED}
"""Kind of incident → the verdict that opens it. In both the shaft is open."""
_COVER_KINDS: Final = {verdict: kind for kind, verdict in COVER_ALARMS.items()}
_LIGHT: Final = {False: "colour", True: "infrared"}
_STILL_WIDTH_PX: Final = 960
_STANDS_ON_S: Final = 6.0
"""After this time an alarm about a cover may begin that was held back because somebody stood there."""

ReferenceImage = NDArray[np.uint8]
"""(rows, columns) grey of a cover's surroundings, or (rows, columns, 3) BGR of a zone's, at working size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """The settings of all detectors; the defaults are what a box runs with."""

    day_night: DayNightSettings = field(default_factory=DayNightSettings)
    cover: CoverSettings = field(default_factory=CoverSettings)
    left_object: LeftObjectSettings = field(default_factory=LeftObjectSettings)
    health: HealthSettings = field(default_factory=HealthSettings)
    recognition: RecognitionSettings = field(default_factory=RecognitionSettings)
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
        word: what a model calls the object; None if it says nothing, is not asked, or the incident ends.
    """

    kind: str
    change: Change
    before: Image | None
    before_s: float
    image: Image
    word: Word | None = None

    @property
    def key(self) -> tuple[str, str, int]:
        """Kind, place and object number; the beginning and the end of an incident have the same key."""
        return self.kind, self.change.observation.place, self.change.observation.object_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An incident that would have begun with this look, had a model not refused it.

    Attributes:
        kind: as of an `IncidentChange`.
        observation: the row that would have decided.
        word: what the model calls the object, or what stands on the cover; None if the city's own model
            refused.
    """

    kind: str
    observation: Observation
    word: Word | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The results of one look.

    Attributes:
        health: the health of the camera.
        covers: the rows of the covers; None between two judgements, or while the camera's health is in doubt.
        zones: the rows of the zones and of the objects in them; None likewise.
        incidents: the incidents that begin or end with this look.
        refusals: the incidents that a model keeps from beginning with this look.
    """

    health: Health
    covers: Observations | None
    zones: Observations | None
    incidents: tuple[IncidentChange, ...]
    refusals: tuple[Refusal, ...] = ()


class CameraWatch:
    """All detectors of one camera."""

    def __init__(
        self,
        *,
        covers: Sequence[CoverPlace],
        zones: Sequence[Zone],
        frame_px: tuple[int, int],
        settings: WatchSettings | None = None,
        recogniser: Recogniser | None = None,
        veto: Veto | None = None,
    ) -> None:
        """Prepare for pictures of `frame_px` columns and rows.

        Args:
            covers: the covers.
            zones: the zones.
            frame_px: columns and rows.
            settings: of all detectors.
            recogniser: tells what stands there; without it nobody is asked.
            veto: the city's own model, which can refuse an incident in a zone.

        Raises:
            DetectorError: a cover is too small or lies outside the picture.
        """
        self.settings = settings or WatchSettings()
        self._frame_px = frame_px
        self._day_night = DayNightFilter(self.settings.day_night)
        self._health = HealthDetector(frame_px, self.settings.health)
        self.covers = CoverDetector(covers, frame_px, self.settings.cover) if covers else None
        self.zones = LeftObjectDetector(zones, frame_px, self.settings.left_object) if zones else None
        self._admissions = Admissions(recogniser, veto, self.settings.recognition)
        self._bystanders = Bystanders(recogniser)
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
        if zones is not None:
            self._admissions.forget(
                {(row.place, row.object_number) for row in zones.rows() if row.verdict is Verdict.OK}
            )
        incidents: list[IncidentChange] = []
        refusals: list[Refusal] = []
        if covers is not None:
            covers = self._bystanders.applied(covers, look)
            self._take_covers(covers, look, incidents, refusals)
            on_covers = {each.observation.place for each in refusals}
            covers = self._bystanders.obstructed(covers, on_covers)
        if zones is not None:
            self._take_zones(zones, look, incidents, refusals)
        self._keep_still(look, covers, zones)
        return Report(
            health=health, covers=covers, zones=zones, incidents=tuple(incidents), refusals=tuple(refusals)
        )

    def _take_covers(
        self,
        covers: Observations,
        look: Look,
        incidents: list[IncidentChange],
        refusals: list[Refusal],
    ) -> None:
        """Confirm the rows of the covers; an alarm waits while somebody stands on its cover."""
        for change in self._cover_incidents.observe(covers):
            row, kind = change.observation, _COVER_KINDS[change.alarm]
            who = self._bystanders.on(row.place, row.box_px, look) if change.phase == "begun" else None
            if who is None:
                incidents.append(self._incident(kind, change, look))
                continue
            self._cover_incidents.dismiss(row.place, row.object_number, look.at_s + _STANDS_ON_S)
            refusals.append(Refusal(kind=kind, observation=row, word=who))

    def _take_zones(
        self,
        zones: Observations,
        look: Look,
        incidents: list[IncidentChange],
        refusals: list[Refusal],
    ) -> None:
        """Confirm the rows of the objects in the zones; what a model refuses does not begin."""
        for change in self._zone_incidents.observe(zones):
            row = change.observation
            if not row.object_number:
                continue
            zone = self._places[row.place]
            admission = Admission(begins=True, again_at_s=look.at_s)
            if change.phase == "begun":
                admission = self._admissions.admit(zone, row, look)
            if admission.begins:
                sure = strengthened(row.confidence, admission.word, zone.purpose)
                seen = replace(change, observation=replace(row, confidence=sure))
                incidents.append(self._incident(str(zone.purpose), seen, look, admission.word))
                continue
            self._zone_incidents.dismiss(row.place, row.object_number, admission.again_at_s)
            if admission.refused:
                refusals.append(Refusal(kind=str(zone.purpose), observation=row, word=admission.word))

    def _incident(self, kind: str, change: Change, look: Look, word: Word | None = None) -> IncidentChange:
        return IncidentChange(
            kind=kind,
            change=change,
            before=self._stills[0],
            before_s=self._stills_s[0],
            image=look.image,
            word=word,
        )

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
