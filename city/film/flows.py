"""People and vehicles that pass through a scene, at random: walkers, traffic, workers, people who talk."""

from __future__ import annotations

import math
import random
from typing import Final

from city.film.canvas import Colour
from city.film.cast import Member, MovingVehicle, Path, Walker
from city.film.people import Looks
from city.film.scene import CLIP_S, Event
from city.film.vehicles import BUS, CAR, SUV, VAN, Body

_SHIRTS: Final[tuple[Colour, ...]] = (
    (60, 60, 160),
    (150, 110, 60),
    (200, 200, 205),
    (70, 120, 70),
    (50, 50, 55),
    (130, 90, 150),
    (90, 150, 190),
    (180, 150, 120),
)
TROUSERS: Final[tuple[Colour, ...]] = ((70, 52, 44), (45, 45, 48), (110, 100, 90), (95, 66, 50))
_PAINTS: Final[tuple[Colour, ...]] = (
    (205, 206, 208),
    (60, 60, 62),
    (150, 152, 155),
    (40, 40, 130),
    (120, 70, 40),
    (225, 225, 222),
    (85, 70, 60),
)
_ORANGE: Final[Colour] = (30, 110, 240)


def still(event: Event) -> Path:
    """The path of an object that only lies there, from the beginning of the event to its end."""
    return Path(points=((event.begins_s, event.x, event.y), (event.ends_s, event.x, event.y + 0.001)))


def looks(source: random.Random, *, vest: Colour | None = None, bag: bool | None = None) -> Looks:
    """A person's appearance, drawn at random; `bag` says whether they carry one."""
    carries = source.random() < 0.3 if bag is None else bag
    return Looks(
        height_m=source.uniform(1.55, 1.82),
        shirt=source.choice(_SHIRTS),
        trousers=source.choice(TROUSERS),
        vest=vest,
        bag=source.choice(_SHIRTS) if carries else None,
    )


def passers(
    source: random.Random,
    *,
    near: tuple[tuple[float, float], ...],
    far: tuple[float, float],
    left: float,
    right: float,
    near_every_s: float = 16.0,
    far_every_s: float = 10.0,
) -> list[Member]:
    """People who walk by on both pavements, through the whole clip and across its loop point."""
    result: list[Member] = []
    moment = source.uniform(0, near_every_s)
    while moment < CLIP_S - 1:
        low, high = source.choice(near)
        result.append(_passer(source, moment, source.uniform(low, high), left, right))
        moment += source.uniform(0.5, 1.5) * near_every_s
    moment = source.uniform(0, far_every_s)
    while moment < CLIP_S - 1:
        result.append(_passer(source, moment, source.uniform(*far), left - 8, right + 10))
        moment += source.uniform(0.5, 1.5) * far_every_s
    return result


def _passer(source: random.Random, begins_s: float, y: float, left: float, right: float) -> Walker:
    start, end = (left, right) if source.random() < 0.5 else (right, left)
    duration = (right - left) / source.uniform(1.1, 1.55)
    drift = source.uniform(-0.1, 0.1)
    return Walker(
        path=Path(points=((begins_s, start, y), (begins_s + duration, end, y + drift))), looks=looks(source)
    )


def traffic(
    source: random.Random,
    *,
    near_y: float,
    far_y: float,
    left: float = -16.0,
    right: float = 28.0,
    every_s: float = 13.0,
) -> list[Member]:
    """Vehicles in both lanes; the near lane drives to the right (right-hand traffic)."""
    result: list[Member] = []
    for y, direction in ((near_y, 1), (far_y, -1)):
        moment = source.uniform(2, every_s)
        while moment < CLIP_S - 1:
            duration = (right - left) / source.uniform(7.0, 10.5)
            start, end = (left, right) if direction > 0 else (right, left)
            body = _body(source)
            path = Path(points=((moment, start, y), (moment + duration, end, y)))
            result.append(MovingVehicle(path=path, body=body, colour=_paint(source, body)))
            moment += max(4.5, source.uniform(0.5, 1.5) * every_s)
    return result


def _body(source: random.Random) -> Body:
    return source.choices((CAR, SUV, VAN, BUS), weights=(6, 3, 2, 1))[0]


def _paint(source: random.Random, body: Body) -> Colour:
    return (70, 150, 60) if body is BUS else source.choice(_PAINTS)


def cover_workers(event: Event) -> list[Member]:
    """A man takes the cover out and carries it away; later two men in orange bring it back."""
    x, y = event.x - 0.75, event.y + 0.25
    result: list[Member] = []
    for moment, vests in ((event.begins_s, (None,)), (event.ends_s, (_ORANGE, _ORANGE))):
        for index, vest in enumerate(vests):
            stand = (x - 0.1, y) if index == 0 else (event.x + 0.85, event.y + 0.35)
            looks = Looks(height_m=1.74 - 0.05 * index, shirt=(52, 52, 60), trousers=(60, 48, 42), vest=vest)
            path = Path(
                points=(
                    (moment - 10.0 - index, -6.0, y + 0.6),
                    (moment - 4.0, *stand),
                    (moment + 3.0, *stand),
                    (moment + 9.0 + index, -6.0, y + 0.6),
                )
            )
            facing = 0.0 if index == 0 else math.pi
            result.append(
                Walker(path=path, looks=looks, facing=facing, bends=((moment - 3.2, moment + 2.2),))
            )
    return result


def carrier(event: Event, source: random.Random) -> Walker:
    """A person who dumps the goods, and a cleaner who removes them later along the same path."""
    stand = (event.x - 1.15, event.y)
    return Walker(
        path=Path(
            points=(
                (event.begins_s - 9.0, -6.0, 8.6),
                (event.begins_s - 2.5, *stand),
                (event.begins_s + 3.0, *stand),
                (event.begins_s + 10.0, -6.0, 8.7),
                (event.ends_s - 9.0, -6.01, 8.7),
                (event.ends_s - 2.5, *stand),
                (event.ends_s + 3.0, *stand),
                (event.ends_s + 9.0, -6.0, 8.6),
            )
        ),
        looks=looks(source, bag=False),
        bends=((event.begins_s - 1.8, event.begins_s + 2.0), (event.ends_s - 1.8, event.ends_s + 2.0)),
    )


def customer(source: random.Random, begins_s: float, x: float) -> Walker:
    """A customer who stops at the stall for a while and walks on."""
    points = (
        (begins_s, 6.0, 7.2),
        (begins_s + 6.0, x, 7.75),
        (begins_s + 17.0, x, 7.75),
        (begins_s + 25.0, -12.0, 7.0),
    )
    return Walker(path=Path(points=points), looks=looks(source), facing=math.pi / 2, talks=True)


def talkers(source: random.Random, begins_s: float, x: float, y: float, stay_s: float) -> list[Member]:
    """Two people who meet, talk for a while with their hands, and part."""
    result: list[Member] = []
    for side, facing in ((-1, 0.25), (1, math.pi - 0.25)):
        come = (begins_s - 8.0, x + side * 11.0, y + 0.3)
        stand = x + side * 0.42
        path = Path(
            points=(
                come,
                (begins_s, stand, y),
                (begins_s + stay_s, stand, y),
                (begins_s + stay_s + 8.5, x - side * 11.0, y - 0.3),
            )
        )
        result.append(Walker(path=path, looks=looks(source), facing=facing, talks=True))
    return result


def light_cycles(source: random.Random) -> list[Member]:
    """Cycles of a traffic light: vehicles queue at the stop line for 24 s while people cross."""
    result: list[Member] = []
    cycle = 60.0
    for turn in range(int(CLIP_S / cycle)):
        red = turn * cycle + 12.0
        green = red + 24.0
        for place in range(source.choice((1, 2, 2))):
            body = source.choice((CAR, SUV, CAR, VAN))
            stop_x = 0.9 - place * 6.0
            reach = red + 2.0 + 4 * place
            path = Path(
                points=(
                    (reach - 3.6, stop_x - 22.0, 11.8),
                    (reach - 1.2, stop_x - 4.5, 11.8),
                    (reach + 1.2, stop_x, 11.8),
                    (green + 1.6 * place, stop_x, 11.8),
                    (green + 1.6 * place + 2.0, stop_x + 5.0, 11.8),
                    (green + 1.6 * place + 5.5, 30.0, 11.8),
                )
            )
            result.append(MovingVehicle(path=path, body=body, colour=_paint(source, body)))
        far_stop = Path(
            points=(
                (red - 1.0, 32.0, 15.5),
                (red + 2.5, 13.6, 15.5),
                (green + 0.6, 13.6, 15.5),
                (green + 2.6, 9.0, 15.5),
                (green + 6.5, -18.0, 15.5),
            )
        )
        result.append(MovingVehicle(path=far_stop, body=CAR, colour=source.choice(_PAINTS)))
        result += [_crosser(source, red + source.uniform(4.0, 13.0)) for _ in range(source.randint(3, 5))]
        for begins, y, start, end in ((green + 9.0, 11.8, -16.0, 28.0), (green + 16.0, 15.5, 28.0, -16.0)):
            body = _body(source)
            moment = begins + source.uniform(0, 4.0)
            path = Path(points=((moment, start, y), (moment + 5.0, end, y)))
            result.append(MovingVehicle(path=path, body=body, colour=_paint(source, body)))
    return result


def _crosser(source: random.Random, begins_s: float) -> Walker:
    x = source.uniform(5.6, 8.2)
    away = source.random() < 0.5
    path: tuple[tuple[float, float, float], ...] = (
        (begins_s - 5.5, 13.0, 9.2),
        (begins_s, x, 9.4),
        (begins_s + 7.0, x + 0.3, 17.9),
        (begins_s + 15.0, 22.0, 19.5),
    )
    if not away:
        path = tuple(
            (begins_s + late, px, py)
            for late, (_, px, py) in zip((-7.0, 0.0, 7.0, 13.0), path[::-1], strict=True)
        )
    return Walker(path=Path(points=path), looks=looks(source))
