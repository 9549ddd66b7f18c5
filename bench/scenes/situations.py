"""Situations of left objects and of what must not be taken for one, each with a name; seeded.

A situation has the objects that are left, each from its moment on, whoever and whatever moves, changes of the
ground's tone, a weather and a size of the picture. An object that is asked for stays for `STAYS_S` or to the
end; all else is no left object, however long it stands: people, queues, balloons, buses, light.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from bench.scenes.actors import Actor, Bus, Cart, Held, Queue, Waiting
from bench.scenes.ground import HEIGHT, WIDTH, Generator, Surface
from bench.scenes.left_objects import OBJECT_KINDS, Box, Lay, ObjectKind, left_object, shadow
from bench.scenes.traffic import Passer
from bench.scenes.weather import CANNOT_SEE, WEATHERS, Weather

COMES_S: Final = 100.0
GOES_S: Final = 220.0
SECONDS: Final = 280.0
_APART_S: Final = (0.0, 30.0)
"""Least and greatest time from one object to the next."""
_BESIDE_PX: Final = 8.0
_TRIES: Final = 50
NATIVE: Final = (WIDTH, HEIGHT)
SIZES_PX: Final = ((320, 240), (640, 480), (1280, 720), (1920, 1080), (3840, 2160))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Thing:
    """An object that is left.

    Attributes:
        boxes: where it lies, and its shadow; pixels of the small picture.
        comes_s: from when on.
        goes_s: until when.
        lay: draws it; None if an actor does.
    """

    boxes: tuple[Box, ...]
    comes_s: float
    goes_s: float
    lay: Lay | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tone:
    """A part of the ground that becomes darker or lighter, and stays so: it dries, or a lamp goes on."""

    box: Box
    begins_s: float
    takes_s: float
    factor: float

    def apply(self, surface: Surface, at_s: float) -> None:
        """Change the ground as it is at this moment."""
        if at_s <= self.begins_s:
            return
        share = min(1.0, (at_s - self.begins_s) / self.takes_s)
        left, top, right, bottom = (round(edge) for edge in self.box)
        mask = np.zeros(surface.shape[:2], np.float32)
        mask[max(0, top) : bottom, max(0, left) : right] = 1.0
        mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 3.0), np.float32)[:, :, None]
        surface *= 1 + share * (self.factor - 1) * mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """What happens in one scene."""

    things: Sequence[Thing] = ()
    actors: Sequence[Actor] = ()
    tones: Sequence[Tone] = ()
    weather: Weather = "clear"
    size_px: tuple[int, int] = NATIVE

    def lay(self, at_s: float) -> Lay:
        """What lies on the ground at a moment, as a function that draws it."""

        def draw(surface: Surface) -> None:
            for tone in self.tones:
                tone.apply(surface, at_s)
            for thing in self.things:
                if thing.lay is not None and thing.comes_s <= at_s < thing.goes_s:
                    thing.lay(surface)

        return draw


Stage = Callable[[Generator, float], Staged]
"""Makes a situation from a random source and the zone's dwell in seconds."""


def _things(source: Generator, kinds: Sequence[ObjectKind], apart_s: tuple[float, float]) -> list[Thing]:
    """Objects beside each other that come one after the other."""
    found = _laid_out(source, kinds)
    while len(found) < len(kinds):  # they lie so that there is no room for the last: begin anew
        found = _laid_out(source, kinds)
    comes_s, things = COMES_S, []
    for lay, box in found:
        things.append(Thing(boxes=(box, shadow(box)), comes_s=comes_s, goes_s=GOES_S + 20.0, lay=lay))
        comes_s += float(source.uniform(*apart_s))
    return things


def _laid_out(source: Generator, kinds: Sequence[ObjectKind]) -> list[tuple[Lay, Box]]:
    found: list[tuple[Lay, Box]] = []
    for kind in kinds:
        for _ in range(_TRIES):
            lay, box = left_object(source, kind)
            if all(_apart(box, other) for _, other in found):
                found.append((lay, box))
                break
    return found


def _apart(one: Box, other: Box) -> bool:
    gap = _BESIDE_PX + 0.2 * max(one[2] - one[0], other[2] - other[0])
    return (
        one[2] + gap < other[0]
        or other[2] + gap < one[0]
        or one[3] + gap < other[1]
        or other[3] + gap < one[1]
    )


def _bags(number: int, apart_s: tuple[float, float] = _APART_S) -> Stage:
    def stage(source: Generator, dwell_s: float) -> Staged:
        del dwell_s
        kinds: list[ObjectKind] = [("bag", "cartons")[int(source.integers(2))] for _ in range(number)]
        return Staged(things=_things(source, kinds, apart_s))

    return stage


def _vendor(source: Generator, dwell_s: float) -> Staged:
    """A vendor lays out five pieces within half a minute, and stays beside them."""
    del dwell_s
    things = _things(source, ["cartons", "bag", "bag", "bag", "bag"], (3.0, 7.0))
    person = _person(source, begins_s=COMES_S - 8.0, stands_s=GOES_S - COMES_S)
    return Staged(things=things, actors=[Waiting(body=person, seed=int(source.integers(1000)))])


def _train(source: Generator, dwell_s: float) -> Staged:
    """A train halts behind the zone, before and after a bag is left; its light lies on the ground."""
    del dwell_s
    trains = [
        Bus(
            begins_s=float(begins_s + source.uniform(-5, 5)), halt_s=float(source.uniform(15, 30)),
            speed=70.0, foot=0.42 * HEIGHT, high=0.34 * HEIGHT, long=2.2 * WIDTH, colour=(120, 110, 105),
            lights=float(source.uniform(0.15, 0.4)),
        )
        for begins_s in (20.0, COMES_S - 12.0, COMES_S + 45.0)
    ]  # fmt: skip
    return Staged(things=_things(source, ["bag"], _APART_S), actors=trains)


def _bus_in_front(source: Generator, dwell_s: float) -> Staged:
    """Buses drive past before the camera, and hide the zone for seconds."""
    del dwell_s
    buses = [
        Bus(
            begins_s=float(begins_s + source.uniform(0, 10)), halt_s=float(source.uniform(0, 4)),
            speed=90.0, foot=1.05 * HEIGHT, high=0.75 * HEIGHT, long=1.1 * WIDTH, colour=(60, 140, 70),
        )
        for begins_s in (40.0, 75.0, 106.0, 125.0, 160.0)
    ]  # fmt: skip
    return Staged(things=_things(source, ["cartons"], _APART_S), actors=buses)


def _tone_beside(source: Generator, dwell_s: float) -> Staged:
    """The ground beside an object changes its tone as it comes."""
    del dwell_s
    things = _things(source, [("cartons", "stall")[int(source.integers(2))]], _APART_S)
    left, _, right, bottom = things[0].boxes[0]
    wide = right - left
    beside = (left - 1.2 * wide, bottom - 0.3 * wide, right + 1.2 * wide, bottom + 0.5 * wide)
    factor = float(source.choice([0.75, 0.85, 1.15, 1.3]))
    return Staged(things=things, tones=[Tone(box=beside, begins_s=COMES_S - 4.0, takes_s=8.0, factor=factor)])


def _tone_alone(source: Generator, dwell_s: float) -> Staged:
    """The ground changes its tone, and nothing is left."""
    del dwell_s
    boxes: list[Box] = []
    for _ in range(3):
        x, y = float(source.uniform(0.1, 0.7)) * WIDTH, float(source.uniform(0.5, 0.85)) * HEIGHT
        boxes.append((x, y, x + float(source.uniform(30, 90)), y + float(source.uniform(15, 40))))
    return Staged(
        tones=[
            Tone(
                box=box, begins_s=float(source.uniform(80, 150)), takes_s=float(source.uniform(4, 40)),
                factor=float(source.choice([0.75, 0.85, 1.15, 1.3])),
            )
            for box in boxes
        ]
    )  # fmt: skip


def _person(source: Generator, *, begins_s: float, stands_s: float) -> Passer:
    x = float(source.uniform(0.25, 0.75)) * WIDTH
    colour = source.uniform(20, 220, 3)
    return Passer(
        begins_s=begins_s - (x + 100) / 40.0, speed=40.0, halt_s=stands_s, halt_x=x,
        y=float(source.uniform(0.72, 0.95)) * HEIGHT, size=float(source.uniform(65, 100)), car=False,
        colour=(float(colour[0]), float(colour[1]), float(colour[2])),
    )  # fmt: skip


def _waiting(held: Held, weather: Weather = "clear", people: int = 2) -> Stage:
    def stage(source: Generator, dwell_s: float) -> Staged:
        del dwell_s
        actors = [
            Waiting(
                body=_person(source, begins_s=float(source.uniform(75, 110)), stands_s=120.0),
                held=held, seed=int(source.integers(1000)),
            )
            for _ in range(people)
        ]  # fmt: skip
        return Staged(actors=actors, weather=weather)

    return stage


def _queue(source: Generator, dwell_s: float) -> Staged:
    del dwell_s
    return Staged(
        actors=[
            Queue(
                begins_s=80.0, ends_s=230.0, x=float(source.uniform(0.15, 0.35)) * WIDTH,
                y=float(source.uniform(0.75, 0.95)) * HEIGHT, size=float(source.uniform(65, 90)),
                pace_s=float(source.uniform(12, 40)), people=4, seed=int(source.integers(1000)),
            )
        ]
    )  # fmt: skip


def _cart(*, attended: bool) -> Stage:
    def stage(source: Generator, dwell_s: float) -> Staged:
        colour = source.uniform(20, 220, 3)
        cart = Cart(
            begins_s=COMES_S, leaves_s=COMES_S + 0.6 * dwell_s if attended else np.inf,
            x=float(source.uniform(0.35, 0.7)) * WIDTH, y=float(source.uniform(0.7, 0.92)) * HEIGHT,
            size=float(source.uniform(44, 64)), attended=attended,
            colour=(float(colour[0]), float(colour[1]), float(colour[2])),
        )  # fmt: skip
        left = Thing(boxes=(cart.box,), comes_s=COMES_S, goes_s=SECONDS, lay=None)
        return Staged(actors=[cart], things=[] if attended else [left])

    return stage


def _bus_waits(source: Generator, dwell_s: float) -> Staged:
    """A bus waits in the zone for a little longer than the dwell allows, three times."""
    buses = [
        Bus(
            begins_s=begins_s, halt_s=dwell_s + float(source.uniform(4, 13)), speed=80.0, foot=0.8 * HEIGHT,
            high=0.42 * HEIGHT, long=0.7 * WIDTH, colour=(50, 120, 200),
        )
        for begins_s in (75.0, 150.0, 215.0)
    ]  # fmt: skip
    return Staged(actors=buses)


def _in(weather: Weather) -> Stage:
    def stage(source: Generator, dwell_s: float) -> Staged:
        del dwell_s
        kind = OBJECT_KINDS[int(source.integers(len(OBJECT_KINDS)))]
        return Staged(things=_things(source, [kind], _APART_S), weather=weather)

    return stage


def _of_size(size_px: tuple[int, int]) -> Stage:
    def stage(source: Generator, dwell_s: float) -> Staged:
        del dwell_s
        kind: ObjectKind = ("bag", "cartons", "heap")[int(source.integers(3))]
        return Staged(things=_things(source, [kind], _APART_S), size_px=size_px)

    return stage


SITUATIONS: Final[dict[str, Stage]] = {
    "two things": _bags(2),
    "two things at once": _bags(2, (0.0, 0.0)),
    "three things": _bags(3),
    "three things at once": _bags(3, (0.0, 0.0)),
    "a vendor lays out five pieces": _vendor,
    "trains behind, with their light": _train,
    "buses in front": _bus_in_front,
    "the ground beside changes its tone": _tone_beside,
    "a hand cart is left": _cart(attended=False),
    **{
        f"one thing, {weather.replace('_', ' ')}": _in(weather)
        for weather in WEATHERS
        if weather not in CANNOT_SEE
    },
    **{f"picture of {columns} x {rows}": _of_size((columns, rows)) for columns, rows in SIZES_PX},
    "nothing: the ground changes its tone": _tone_alone,
    "nothing: people stand for two minutes": _waiting("nothing"),
    "nothing: people stand in infrared": _waiting("nothing", "night"),
    "nothing: a man reads on his phone": _waiting("phone", people=1),
    "nothing: a queue": _queue,
    "nothing: balloons": _waiting("balloons", people=1),
    "nothing: umbrellas in the rain": _waiting("umbrella", "rain"),
    "nothing: a hand cart stops": _cart(attended=True),
    "nothing: a bus waits": _bus_waits,
}
"""By name. In those that begin with "nothing" nothing is left."""
