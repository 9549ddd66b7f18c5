"""`scripts/bench parking`: a no-parking zone at the kerb of made streets, with and without a calibration.

In each street people and vehicles pass all the time, and one thing happens: a vehicle parks for 215 s, a bus
halts for 20 s every 50 s, or cartons are left. The dwell is the product's own, 180 s. The pictures are those
of the made city's camera, 2 s apart; the same ones go to both watches.
"""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass
from typing import Final, Literal

import click
import cv2
import numpy as np

from bench.intervals import wilson
from bench.scene_runs import HELD_BACK, Told, median, run_all
from city.film.backdrop import Street
from city.film.canvas import Canvas, Light
from city.film.cast import LeftObject, Member, MovingVehicle, Path
from city.film.clip import Camera
from city.film.flows import passers, traffic
from city.film.scene import CLIP_S, KEYFRAME_S, Scene
from city.film.vehicles import BUS, CAR, SUV, VAN, Body
from city.film.view import View
from detectors.ground import Ground, SizeLimits
from detectors.look import Image, Look
from detectors.places import VEHICLE_HEIGHT_M, VEHICLE_WIDTH_M, Purpose, Zone, polygon
from detectors.watch import CameraWatch, IncidentChange
from edge.camera_settings import USUAL_DWELL_S

_PARKS_S: Final = (45.0, 260.0)
_HALTS_S: Final = (50.0, 100.0, 150.0, 200.0)
_HALT_S: Final = 20.0
_DAY_NOISE: Final = 1.6
_NIGHT_NOISE: Final = 2.8
_LANE_Y: Final = 11.2
_FAR_M: Final = 3.0
"""An incident farther from the vehicle than this is another."""
_ZONE: Final = ((-5.5, 10.2), (5.5, 10.2), (5.5, 12.6), (-5.5, 12.6))
_PAINTS: Final = ((190, 190, 195), (45, 45, 50), (120, 60, 50), (60, 70, 160), (230, 230, 228))
_PARKING: Final = {"car": CAR, "suv": SUV, "van": VAN}

Case = Literal["parks", "halts", "cartons"]
_CASES: Final[tuple[Case, ...]] = ("parks", "halts", "cartons")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The outcome of one street, with or without a calibration.

    Attributes:
        seed: of the street.
        night: whether it was filmed in infrared.
        case: what happened.
        kind: what parked, halted or was left.
        calibrated: whether the camera could measure.
        found: whether the parked vehicle was reported.
        delay_s: from its parking to the report.
        end_delay_s: from its departure to the report of the end.
        false: other incidents.
        width_off_m: the width that was measured less the vehicle's length.
        place_off_m: from the foot of its box to its middle, on the ground.
        told: each incident's confidence, and whether it was right.
    """

    seed: int
    night: bool
    case: Case
    kind: str
    calibrated: bool
    found: bool
    delay_s: float | None
    end_delay_s: float | None
    false: int
    width_off_m: float | None
    place_off_m: float | None
    told: Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """The outcomes of one street with and without a calibration."""

    calibrated: Run
    plain: Run


def run(case: tuple[int, bool, Case]) -> Both:
    """Film one street, and watch it with and without a calibration."""
    seed, night, what = case
    cv2.setNumThreads(1)
    source = random.Random(f"parking/{seed}")
    kind, x, members = _happening(source, what)
    scene = _street(source, seed, members, night=night)
    ground = Ground.of_metres(*zip(*scene.ground_marks(), strict=True))
    watches = {True: _watch(scene, ground), False: _watch(scene, None)}
    incidents: dict[bool, list[tuple[float, IncidentChange]]] = {True: [], False: []}
    camera, noise = Camera(scene), np.random.default_rng(seed)
    for at_s in np.arange(0, CLIP_S, KEYFRAME_S).tolist():
        look = Look.of(_picture(camera, at_s, noise), at_s)
        for calibrated, watch in watches.items():
            incidents[calibrated] += [(at_s, one) for one in watch.look(look).incidents]
    made = [_outcome(case, kind, x, ground, incidents[known], calibrated=known) for known in (True, False)]
    return Both(calibrated=made[0], plain=made[1])


def _picture(camera: Camera, at_s: float, noise: np.random.Generator) -> Image:
    """A picture with fresh noise. Repeated noise would let the ground show through a plain vehicle."""
    picture = camera.picture(at_s).astype(np.float32)
    night = camera.scene.light.night
    if night:
        picture = np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2)
    grain = noise.normal(0, _NIGHT_NOISE if night else _DAY_NOISE, (*picture.shape[:2], 1))
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def _happening(source: random.Random, what: Case) -> tuple[str, float, list[Member]]:
    x = source.uniform(-2.2, 2.2)
    if what == "cartons":
        path = Path(points=((_PARKS_S[0], x, _LANE_Y), (_PARKS_S[1], x, _LANE_Y)))
        return "cartons", x, [LeftObject(kind="goods", path=path)]
    if what == "halts":
        return "bus", x, [_drives_in(begins, _HALT_S, x, BUS, (70, 150, 60)) for begins in _HALTS_S]
    kind = source.choice(tuple(_PARKING))
    stays_s = _PARKS_S[1] - _PARKS_S[0]
    return kind, x, [_drives_in(_PARKS_S[0], stays_s, x, _PARKING[kind], source.choice(_PAINTS))]


class _LightsOff(MovingVehicle):
    """A vehicle whose headlights are off while it stands."""

    def light(self, canvas: Canvas, at_s: float) -> None:
        """Light the road while driving."""
        if abs(self.path.at(at_s)[2]) > 0:
            super().light(canvas, at_s)


def _drives_in(
    stands_s: float, stays_s: float, x: float, body: Body, colour: tuple[int, int, int]
) -> MovingVehicle:
    leaves_s = stands_s + stays_s
    points = (
        (stands_s - 5.0, x - 24.0, _LANE_Y),
        (stands_s - 1.5, x - 4.0, _LANE_Y),
        (stands_s, x, _LANE_Y),
        (leaves_s, x, _LANE_Y),
        (leaves_s + 2.0, x + 5.0, _LANE_Y),
        (leaves_s + 5.0, x + 30.0, _LANE_Y),
    )
    made = MovingVehicle if body is BUS else _LightsOff
    return made(path=Path(points=points), body=body, colour=colour)


def _street(source: random.Random, seed: int, members: list[Member], *, night: bool) -> Scene:
    lamps = ((5.0, 9.0), (-5.0, 9.0), (1.0, 20.5)) if night else ()
    return Scene(
        camera="parking",
        view=View(
            height_m=source.uniform(4.5, 6.5), yaw_deg=source.uniform(-12, 12), pitch_deg=21.0,
            focal_px=850.0, width_px=960, height_px=540,
        ),
        light=Light(shadow=(0.45, -0.35), shadow_depth=0.0 if night else 0.44, night=night, lamps=lamps),
        street=Street(
            near_kerb_y=10.0, far_kerb_y=20.5, front_y=24.0, covers=((0.9, 7.5),), trees=((-6.0, 21.5),)
        ),
        cast=(
            *passers(source, near=((8.2, 9.4),), far=(21.6, 23.2), left=-9.0, right=10.0),
            *traffic(source, near_y=14.6, far_y=18.4),
            *members,
        ),
        seed=seed,
    )  # fmt: skip


def _watch(scene: Scene, ground: Ground | None) -> CameraWatch:
    min_m, max_m = VEHICLE_WIDTH_M
    outline = scene.view.project(np.array([(x, y, 0.0) for x, y in _ZONE]))[0]
    size = np.array([scene.view.width_px, scene.view.height_px])
    zone = Zone(
        id="no-parking",
        outline=polygon(np.clip(outline, 0, size).tolist()),
        purpose=Purpose.VEHICLE,
        dwell_s=USUAL_DWELL_S["vehicle"],
        size=SizeLimits(ground=ground, min_m=min_m, max_m=max_m, min_height_m=VEHICLE_HEIGHT_M)
        if ground is not None
        else None,
    )
    return CameraWatch(covers=[], zones=[zone], frame_px=(scene.view.width_px, scene.view.height_px))


def _outcome(
    case: tuple[int, bool, Case],
    kind: str,
    x: float,
    ground: Ground,
    incidents: list[tuple[float, IncidentChange]],
    *,
    calibrated: bool,
) -> Run:
    seed, night, what = case
    right: IncidentChange | None = None
    delay_s = end_delay_s = width_off_m = place_off_m = None
    told: list[tuple[float, bool]] = []
    for at_s, one in incidents:
        row = one.change.observation
        if one.change.phase == "ended":
            if right is not None and one.key == right.key:
                end_delay_s = at_s - _PARKS_S[1]
            continue
        left, _, right_px, bottom = row.box_px
        foot = ground.metres([((left + right_px) / 2, bottom)])[0].tolist()
        off_m = math.dist(foot, (x, _LANE_Y))
        fits = what == "parks" and right is None and _PARKS_S[0] < at_s <= _PARKS_S[1] and off_m <= _FAR_M
        told.append((row.confidence, fits))
        if fits:
            right, delay_s, place_off_m = one, at_s - _PARKS_S[0], round(off_m, 2)
            forward = [point[0] for point in _PARKING[kind].profile]
            width_off_m = round(ground.width_m(row.box_px) - (max(forward) - min(forward)), 2)
    return Run(
        seed=seed, night=night, case=what, kind=kind, calibrated=calibrated, found=right is not None,
        delay_s=delay_s, end_delay_s=end_delay_s, false=len(told) - (right is not None),
        width_off_m=width_off_m, place_off_m=place_off_m, told=tuple(told),
    )  # fmt: skip


@click.command(name="parking")
@click.option("--scenes", default=8, show_default=True, help="Streets for each case, by day and by night.")
@click.option("--held-back", is_flag=True, help="Use the seeds that are only for reporting.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
@click.option("--json", "as_json", is_flag=True, help="Print only the last line, the JSON object.")
def command(*, scenes: int, held_back: bool, workers: int, as_json: bool) -> None:
    """Parked vehicles found, buses that halt and cartons told falsely, widths and places measured."""
    first = HELD_BACK if held_back else 0
    seeds = range(first, first + scenes)
    cases = [(seed, night, what) for what in _CASES for night in (False, True) for seed in seeds]
    done = run_all(run, cases, workers=workers, quiet=as_json)
    both = {"calibrated": [one.calibrated for one in done], "plain": [one.plain for one in done]}
    click.echo(json.dumps({name: summary(runs) for name, runs in both.items()}))


def summary(runs: list[Run]) -> dict[str, object]:
    """The figures of many streets."""
    parks = [one for one in runs if one.case == "parks"]
    found = [one for one in parks if one.found]
    return {
        "found": wilson(len(found), len(parks)),
        "ended": wilson(sum(one.end_delay_s is not None for one in found), len(found)),
        "median_delay_s": median([one.delay_s for one in found if one.delay_s is not None]),
        "false": {
            what: sum(one.false for one in runs if one.case == what) for what in ("parks", "halts", "cartons")
        },
        "hours": round(len(runs) * CLIP_S / 3600, 1),
        "median_width_off_m": median([abs(one.width_off_m) for one in found if one.width_off_m is not None]),
        "median_place_off_m": median([one.place_off_m for one in found if one.place_off_m is not None]),
    }
