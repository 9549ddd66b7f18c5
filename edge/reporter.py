"""Makes incident messages from the findings of a camera: each incident begins once and ends once.

A message and the row of its open incident are stored in one transaction of the box's file. Neither waits for
the disk: until the disk accepts them, they are kept in memory and sent from there. After a restart the open
incidents of the earlier run are *inherited*: a finding at the same place counts as the same incident, and no
second one is reported. An inherited incident ends when its place is seen to be restored.
"""

from __future__ import annotations

import logging
import math
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Final

from detectors.drawing import with_box
from detectors.look import Image
from detectors.observations import Observations, Verdict
from detectors.watch import COVER_ALARMS, CameraWatch, IncidentChange, Report
from edge.calibration import ground_of
from edge.camera_settings import Camera, Cover, Zone
from edge.open_incidents import OpenIncident, OpenIncidents, overlap
from edge.outbox import Outbox
from edge.sources import jpeg
from wire.messages import MAX_PICTURE_BYTES, Incident, Phase, Picture, PictureRole

log = logging.getLogger(__name__)

_QUALITY: Final = 85
_SAME_PLACE: Final = 0.3
_EMPTY_FOR_S: Final = 15.0
_FIRST_LOOK: Final = 1
"""Looks. Even a zone with a stored background is not judged by the first look."""

_LIES: Final = ("lies_left", "lies_top", "lies_right", "lies_bottom")
"""Names of the cues that say where a displaced cover lies, pixels of the picture."""

Key = tuple[str, str, int]


def stamp(taken_at: float, zone: tzinfo | None) -> str:
    """The time in a picture of evidence, with its offset from UTC; it needs no translation."""
    return datetime.fromtimestamp(taken_at, UTC).astimezone(zone).isoformat(" ", "seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A look's time on both clocks.

    Attributes:
        at_s: seconds on the clock of the watch.
        taken_at: seconds since the epoch.
    """

    at_s: float
    taken_at: float

    def wall(self, at_s: float) -> float:
        """Another time of the watch's clock as seconds since the epoch; never after this one."""
        return self.taken_at - max(0.0, self.at_s - at_s)


class Reporter:
    """Reports the incidents of one camera.

    Args:
        camera: its settings.
        outbox: takes the messages.
        incidents: the open incidents.
        said: called with kind and phase of every message, to be counted.
        zone: time zone of the times in pictures; None is this machine's.
    """

    def __init__(
        self,
        *,
        camera: Camera,
        outbox: Outbox,
        incidents: OpenIncidents,
        said: Callable[[str, Phase], None],
        zone: tzinfo | None = None,
    ) -> None:
        self._camera = camera
        self._zone = zone
        self._ground = ground_of(camera)
        self._outbox = outbox
        self._incidents = incidents
        self._said = said
        self._places: dict[str, Cover | Zone] = {
            **{cover.id: cover for cover in camera.cover},
            **{zone.id: zone for zone in camera.zone},
        }
        self._watch: CameraWatch | None = None
        self._loads = 0
        self._open: dict[Key, OpenIncident] = {}
        self._inherited: list[OpenIncident] = []
        self._empty_since_s: dict[str, float] = {}
        self._known_empty: set[str] = set()
        self._unknown: Counter[str] = Counter()

    def begin(self, watch: CameraWatch, *, known_empty: set[str]) -> None:
        """Give a new watch the open incidents.

        Args:
            watch: the new watch.
            known_empty: the zones whose empty background is stored. In other zones, an object that is there
                now becomes background, so its end cannot be seen.
        """
        self._watch = watch
        self._open.clear()
        self._empty_since_s.clear()
        self._known_empty = set(known_empty)
        self._unknown.clear()
        self._inherited = []
        self._take_up(watch)

    def _take_up(self, watch: CameraWatch) -> None:
        """Take over open incidents that are not known yet; the box's file may become readable late."""
        self._loads = self._incidents.loads
        known = {each.incident_id for each in (*self._open.values(), *self._inherited)}
        for incident in self._incidents.of(self._camera.id):
            if incident.incident_id in known:
                continue
            if incident.place not in self._places:
                log.warning(
                    "camera %s: %s has been taken out of the settings while its incident was open",
                    self._camera.id,
                    incident.place,
                )
            elif incident.kind not in COVER_ALARMS:
                self._inherited.append(incident)
            elif (incident.kind, incident.place, 0) not in self._open:
                watch.resume_cover(incident.place, incident.kind)
                self._open[incident.kind, incident.place, 0] = incident

    def take(self, report: Report, moment: Moment, image: Image) -> None:
        """Report the results of one look."""
        if self._watch is not None and self._loads != self._incidents.loads:
            self._take_up(self._watch)
        for finding in report.incidents:
            if finding.change.phase == "begun":
                self._begun(finding, moment)
            else:
                self._ended(finding, moment)
        if self._inherited and report.zones is not None:
            self._end_inherited(report.zones, moment, image)

    def _begun(self, finding: IncidentChange, moment: Moment) -> None:
        known = self._taken_over(finding)
        if known is not None:
            self._open[finding.key] = known
            return
        change = finding.change
        row = change.observation
        incident = OpenIncident(
            incident_id=uuid.uuid4(),
            camera=self._camera.id,
            kind=finding.kind,
            place=row.place,
            revision=1,
            began_at=moment.wall(change.since_s),
            box_px=row.box_px,
        )
        label = stamp(moment.taken_at, self._zone)
        pictures = [
            _picture(
                PictureRole.FINDING,
                moment.taken_at,
                with_box(finding.image, row.box_px, label, row.lies_px),
            )
        ]
        if finding.before is not None:
            taken_at = moment.wall(finding.before_s)
            pictures.insert(0, _picture(PictureRole.BEFORE, taken_at, finding.before))
        self._open[finding.key] = incident
        cues, word = dict(row.cues), finding.word
        if row.lies_px is not None:
            cues.update(zip(_LIES, row.lies_px, strict=True))
        if word is not None:
            cues["recognised"] = word.score
        self._send(
            incident,
            Phase.BEGUN,
            moment,
            pictures,
            confidence=row.confidence,
            cues=cues,
            recognised=word.name if word is not None else None,
        )

    def _ended(self, finding: IncidentChange, moment: Moment) -> None:
        incident = self._open.pop(finding.key, None)
        if incident is None:  # began and ended before anything was stored
            return
        row = finding.change.observation
        self._end(incident, moment, finding.image, confidence=row.confidence, cues=dict(row.cues))

    def _taken_over(self, finding: IncidentChange) -> OpenIncident | None:
        """The inherited incident that a finding continues; None if there is none."""
        row = finding.change.observation
        for incident in self._inherited:
            same = incident.kind == finding.kind and incident.place == row.place
            if same and overlap(incident.box_px, row.box_px) >= _SAME_PLACE:
                self._inherited.remove(incident)
                return incident
        return None

    def _end_inherited(self, zones: Observations, moment: Moment, image: Image) -> None:
        """End inherited incidents whose zone was empty for longer than any object stays unnoticed."""
        for row in zones.rows():
            if row.object_number:
                continue
            if row.verdict is Verdict.UNKNOWN:
                self._unknown[row.place] += 1
                if (
                    self._unknown[row.place] > _FIRST_LOOK
                ):  # the background is new, and may contain the object
                    self._known_empty.discard(row.place)
            if row.verdict is not Verdict.OK or row.place not in self._known_empty:
                self._empty_since_s.pop(row.place, None)
                continue
            since_s = self._empty_since_s.setdefault(row.place, moment.at_s)
            if moment.at_s - since_s < self._dwell_s(row.place) + _EMPTY_FOR_S:
                continue
            for incident in [each for each in self._inherited if each.place == row.place]:
                self._inherited.remove(incident)
                self._end(incident, moment, image, confidence=row.confidence, cues={})

    def _dwell_s(self, place: str) -> float:
        zone = self._places[place]
        return zone.stay_s if isinstance(zone, Zone) else 0.0

    def _end(
        self,
        incident: OpenIncident,
        moment: Moment,
        image: Image,
        *,
        confidence: float,
        cues: dict[str, float],
    ) -> None:
        restored = [_picture(PictureRole.RESTORED, moment.taken_at, image)]
        ended = replace(incident, revision=incident.revision + 1)
        self._send(ended, Phase.ENDED, moment, restored, confidence=confidence, cues=cues)

    def _send(
        self,
        incident: OpenIncident,
        phase: Phase,
        moment: Moment,
        pictures: list[Picture],
        *,
        confidence: float,
        cues: dict[str, float],
        recognised: str | None = None,
    ) -> None:
        place = self._places[incident.place]
        lat, lon = self._where(incident)
        message = Incident(
            incident_id=incident.incident_id,
            revision=incident.revision,
            phase=phase,
            type=incident.kind,
            observed_at=moment.taken_at,
            began_at=min(incident.began_at, moment.taken_at),
            lat=lat,
            lon=lon,
            camera=self._camera.id,
            zone=incident.place,
            component=place.component if isinstance(place, Cover) else None,
            confidence=min(1.0, max(0.0, confidence)) if math.isfinite(confidence) else 0.0,
            box_px=incident.box_px,
            cues={name: value for name, value in cues.items() if math.isfinite(value)},
            recognised=recognised,
            pictures=pictures,
        )
        ended = phase is Phase.ENDED
        change = self._incidents.remove(incident.incident_id) if ended else self._incidents.put(incident)
        self._outbox.add(message, together_with=change)
        self._said(incident.kind, phase)
        log.info("camera %s: %s at %s has %s", self._camera.id, incident.kind, incident.place, phase)

    def _where(self, incident: OpenIncident) -> tuple[float, float]:
        """The most exact (lat, lon) that is known.

        A cover's own place; then the place by the calibration; then the zone's; then the camera's. A cover
        lies flat, so its place is the middle of its box. Other objects stand, so their place is the bottom of
        the box.
        """
        place = self._places[incident.place]
        left, top, right, bottom = incident.box_px
        lies = isinstance(place, Cover)
        own = (place.lat, place.lon) if place.lat is not None and place.lon is not None else None
        spot = ((left + right) / 2, (top + bottom) / 2 if lies else bottom)
        seen = self._ground.place(spot) if self._ground is not None and not (lies and own) else None
        return (own or seen if lies else seen or own) or (self._camera.lat, self._camera.lon)


def _picture(role: PictureRole, taken_at: float, image: Image) -> Picture:
    encoded = jpeg.encode(image, quality=_QUALITY, max_bytes=MAX_PICTURE_BYTES)
    return Picture(role=role, taken_at=taken_at, jpeg=encoded)
