"""An incident begins once and ends once, in spite of restarts in between; with the real detectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from detectors.look import Image, Look
from detectors.watch import ZONES, CameraWatch
from edge.boot_clock import BootClock
from edge.camera_settings import Camera, Cover, GroundPoint, Zone
from edge.checks import covers_and_zones
from edge.learned import ZONES_HOLD_S, LearnedPictures
from edge.open_incidents import OpenIncidents, overlap
from edge.reporter import Moment, Reporter
from edge.sources import jpeg
from edge.storage import Storage
from tests.edge.boxes import content, keys, outbox_of
from tests.edge.clips import (
    COVER,
    CRATE,
    HEIGHT,
    WIDTH,
    ZONE,
    dragged_cover,
    noisy,
    pavement,
    with_cover,
    with_crate,
)
from wire import Incident, Phase, PictureRole, as_epoch

START = 1_800_000_000.0
DWELL_S = 4.0
CAMERA = Camera(
    id="c1",
    source="mqtt:",
    lat=24.9,
    lon=118.6,
    cover=(Cover(id="m1", component="3505820102000001", lat=24.95, lon=118.65, ellipse_px=COVER),),
)
KERB = Camera(
    id="c1",
    source="mqtt:",
    lat=24.9,
    lon=118.6,
    zone=(Zone(id="kerb", detects="goods", dwell_s=DWELL_S, polygon_px=ZONE),),
)
GROUND = pavement()
INTACT, OPEN = with_cover(GROUND), with_cover(GROUND, missing=True)
DRAGGED_PX = 40
DRAGGED = dragged_cover(GROUND, DRAGGED_PX)
EMPTY, CRATED = GROUND, with_crate(GROUND)


class Box:
    """A box with one camera; `restart` is what a new start of the program does to it."""

    def __init__(self, path: Path, camera: Camera, gap_s: float) -> None:
        self.said: list[tuple[str, Phase]] = []
        self._path = path
        self._storage: Storage | None = None
        self._camera = camera
        self._gap_s = gap_s
        self._number = 0
        self.now = 1000.0
        self._start()

    def restart(self, *, away_s: float = 20.0, remember: bool = True) -> None:
        """Begin anew with what the file holds."""
        if remember:
            self._learned.save("c1", self._watch.learned())
        self.now += away_s
        self._start()

    def _start(self) -> None:
        self.close()
        self._storage = Storage(self._path)
        self.outbox, self._incidents = outbox_of(self._storage), OpenIncidents(self._storage)
        self._storage.start()
        self._learned = LearnedPictures(
            self._storage,
            BootClock(
                wall=lambda: START + self.now,
                since_boot=lambda: self.now,
                boot_id="this",
                synchronised=lambda: True,
            ),
        )
        covers, zones = covers_and_zones(self._camera, (WIDTH, HEIGHT))
        self._watch = CameraWatch(covers=covers, zones=zones, frame_px=(WIDTH, HEIGHT))
        learned = self._learned.load("c1")
        self._watch.remember(learned)
        self.reporter = Reporter(
            camera=self._camera,
            outbox=self.outbox,
            incidents=self._incidents,
            said=lambda kind, phase: self.said.append((kind, phase)),
        )
        known = {name.split("/")[1] for name in learned if name.startswith(f"{ZONES}/")}
        self.reporter.begin(self._watch, known_empty=known)

    def close(self) -> None:
        if self._storage is not None:
            self._storage.close(10)

    def watch(self, picture: Image, seconds: float) -> None:
        """Look at the same scene for a while."""
        end_s = self.now + seconds
        while self.now < end_s:
            self._number += 1
            image = noisy(picture, self._number)
            report = self._watch.look(Look.of(image, self.now))
            self.reporter.take(report, Moment(at_s=self.now, taken_at=START + self.now), image)
            self.now += self._gap_s

    @property
    def open(self) -> int:
        return self._incidents.count()

    def messages(self) -> list[Incident]:
        assert self._storage is not None
        assert self._storage.flush(10)
        return content(self.outbox)

    def phases(self) -> list[Phase]:
        return [message.phase for message in self.messages()]


MakeBox = Callable[[Camera], Box]


@pytest.fixture
def make_box(tmp_path: Path) -> Iterator[MakeBox]:
    made: list[Box] = []

    def make(camera: Camera) -> Box:
        made.append(Box(tmp_path / "box.db", camera, gap_s=2.0 if camera.cover else 0.5))
        return made[-1]

    yield make
    for box in made:
        box.close()


def test_a_missing_cover_is_reported_with_all_that_the_centre_needs(make_box: MakeBox) -> None:
    box = make_box(CAMERA)
    box.watch(INTACT, 80)
    gone_at = START + box.now
    box.watch(OPEN, 40)
    (begun,) = box.messages()
    assert (begun.type, begun.phase, begun.revision) == ("cover_missing", Phase.BEGUN, 1)
    assert (begun.camera, begun.zone, begun.component) == ("c1", "m1", "3505820102000001")
    assert (begun.lat, begun.lon) == (24.95, 118.65)
    assert gone_at <= as_epoch(begun.began_at) <= as_epoch(begun.observed_at)
    assert begun.confidence > 0.5
    assert begun.cues
    before, finding = begun.pictures
    assert (before.role, finding.role) == (PictureRole.BEFORE, PictureRole.FINDING)
    assert as_epoch(before.taken_at) < gone_at < as_epoch(finding.taken_at)
    middle = (int(COVER[1]), int(COVER[0]))
    assert jpeg.decode(before.jpeg)[middle].mean() > 50
    assert jpeg.decode(finding.jpeg)[middle].mean() < 30
    assert box.open == 1
    assert box.said == [("cover_missing", Phase.BEGUN)]


def test_a_displaced_covers_incident_says_and_shows_where_it_lies(make_box: MakeBox) -> None:
    box = make_box(CAMERA)
    box.watch(INTACT, 60)
    box.watch(DRAGGED, 40)
    (begun,) = box.messages()
    assert begun.type == "cover_displaced"
    lies = [begun.cues[f"lies_{side}"] for side in ("left", "top", "right", "bottom")]
    assert begun.box_px is not None
    left, top, right, bottom = begun.box_px
    assert lies == pytest.approx([left + DRAGGED_PX, top, right + DRAGGED_PX, bottom], abs=8)
    picture = jpeg.decode(begun.pictures[-1].jpeg).astype(int)
    edge = picture[int((lies[1] + lies[3]) / 2), int(lies[2]) : int(lies[2]) + 8]
    assert (edge[:, 2] - edge[:, 0]).max() > 100, "a yellow frame around the cover"


def test_a_restored_cover_ends_its_incident(make_box: MakeBox) -> None:
    box = make_box(CAMERA)
    box.watch(INTACT, 60)
    box.watch(OPEN, 40)
    box.watch(INTACT, 40)
    begun, ended = box.messages()
    assert (ended.incident_id, ended.revision, ended.phase) == (begun.incident_id, 2, Phase.ENDED)
    assert ended.began_at == begun.began_at
    assert [picture.role for picture in ended.pictures] == [PictureRole.RESTORED]
    assert box.open == 0


def test_after_a_restart_a_cover_that_is_missing_still_is_no_second_incident(make_box: MakeBox) -> None:
    box = make_box(CAMERA)
    box.watch(INTACT, 60)
    box.watch(OPEN, 40)
    for _ in range(2):
        box.restart()
        box.watch(OPEN, 60)
    assert box.phases() == [Phase.BEGUN]
    box.watch(INTACT, 40)
    assert box.phases() == [Phase.BEGUN, Phase.ENDED]
    assert len({identity for identity, _ in keys(box.messages())}) == 1


def test_a_cover_restored_while_the_box_was_off_ends_its_incident(make_box: MakeBox) -> None:
    box = make_box(CAMERA)
    box.watch(INTACT, 60)
    box.watch(OPEN, 40)
    box.restart(away_s=3 * 86_400)
    box.watch(INTACT, 60)
    assert box.phases() == [Phase.BEGUN, Phase.ENDED]


def test_after_the_end_a_new_gap_is_a_new_incident(make_box: MakeBox) -> None:
    box = make_box(CAMERA)
    box.watch(INTACT, 60)
    for _ in range(2):
        box.watch(OPEN, 40)
        box.restart()
        box.watch(INTACT, 60)
    assert box.phases() == [Phase.BEGUN, Phase.ENDED] * 2
    assert len({identity for identity, _ in keys(box.messages())}) == 2


def test_an_object_in_a_zone_is_the_same_incident_after_a_restart(make_box: MakeBox) -> None:
    box = make_box(KERB)
    box.watch(EMPTY, 15)
    box.watch(CRATED, 15)
    (begun,) = box.messages()
    assert begun.box_px is not None
    assert overlap(begun.box_px, CRATE) > 0.8
    assert (begun.type, begun.lat, begun.component) == ("goods", 24.9, None)
    box.restart()
    box.watch(CRATED, 30)
    assert box.phases() == [Phase.BEGUN]
    box.watch(EMPTY, 15)
    assert box.phases() == [Phase.BEGUN, Phase.ENDED]
    assert box.open == 0


def test_the_incident_of_an_object_removed_while_the_box_was_off_ends(make_box: MakeBox) -> None:
    box = make_box(KERB)
    box.watch(EMPTY, 15)
    box.watch(CRATED, 15)
    box.restart()
    box.watch(EMPTY, 40)
    assert box.phases() == [Phase.BEGUN, Phase.ENDED]
    assert box.open == 0


@pytest.mark.parametrize(
    "restart", [{"remember": False}, {"away_s": ZONES_HOLD_S + 60.0}], ids=["nothing kept", "kept too long"]
)
def test_a_zone_that_is_not_remembered_empty_says_nothing_about_the_end(
    make_box: MakeBox, restart: dict[str, object]
) -> None:
    box = make_box(KERB)
    box.watch(EMPTY, 15)
    box.watch(CRATED, 15)
    box.restart(**restart)  # type: ignore[arg-type]
    box.watch(CRATED, 60)  # learned as belonging there
    assert box.phases() == [Phase.BEGUN]
    assert box.open == 1


def test_a_place_taken_out_of_the_settings_keeps_nothing_from_working(make_box: MakeBox) -> None:
    box = make_box(CAMERA)
    box.watch(INTACT, 60)
    box.watch(OPEN, 40)
    box._camera = KERB
    box._gap_s = 0.5
    box.restart()
    box.watch(EMPTY, 15)
    box.watch(CRATED, 15)
    assert [message.type for message in box.messages()] == ["cover_missing", "goods"]


def test_boxes_overlap_by_the_share_of_the_smaller() -> None:
    assert overlap((0, 0, 10, 10), (5, 5, 7, 7)) == 1.0
    assert overlap((0, 0, 10, 10), (5, 0, 15, 10)) == 0.5
    assert overlap((0, 0, 10, 10), (20, 20, 30, 30)) == 0.0
    assert overlap((0, 0, 0, 0), (0, 0, 10, 10)) == 0.0


def _ground(lat: float, lon: float) -> tuple[GroundPoint, ...]:
    """Straight from above: 1e-6 degrees a pixel from (lat, lon) on."""
    corners = ((0.0, 0.0), (320.0, 0.0), (320.0, 240.0), (0.0, 240.0))
    return tuple(GroundPoint(px=(x, y), lat=lat - y * 1e-6, lon=lon + x * 1e-6) for x, y in corners)


@pytest.mark.parametrize("own", [True, False])
def test_a_thing_lies_where_the_calibration_puts_its_foot(make_box: MakeBox, *, own: bool) -> None:
    place = {"lat": 24.7, "lon": 118.7} if own else {}
    zone = msgspec.structs.replace(KERB.zone[0], **place)
    box = make_box(msgspec.structs.replace(KERB, ground=_ground(24.8, 118.5), zone=(zone,)))
    box.watch(EMPTY, 15)
    box.watch(CRATED, 15)
    box.watch(EMPTY, 15)
    foot = (24.8 - CRATE[3] * 1e-6, 118.5 + (CRATE[0] + CRATE[2]) / 2 * 1e-6)
    for message in box.messages():
        assert (message.lat, message.lon) == pytest.approx(foot, abs=6e-6)
    assert len(box.messages()) == 2


def test_without_a_calibration_it_lies_where_the_zone_does(make_box: MakeBox) -> None:
    zone = msgspec.structs.replace(KERB.zone[0], lat=24.7, lon=118.7)
    box = make_box(msgspec.structs.replace(KERB, zone=(zone,)))
    box.watch(EMPTY, 15)
    box.watch(CRATED, 15)
    (begun,) = box.messages()
    assert (begun.lat, begun.lon) == (24.7, 118.7)


def test_a_covers_own_place_goes_before_the_calibration(make_box: MakeBox) -> None:
    box = make_box(msgspec.structs.replace(CAMERA, ground=_ground(24.8, 118.5)))
    box.watch(INTACT, 60)
    box.watch(OPEN, 40)
    (begun,) = box.messages()
    assert (begun.lat, begun.lon) == (24.95, 118.65)
