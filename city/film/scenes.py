"""The four scenes of the made city.

cam-01 shop street by day: a cover goes missing, goods are dumped. cam-02 broad pavement by day: a vendor sets
up a stall. cam-03 a street at night: a cover goes missing under passing headlights. cam-04 a busy crossing
where nothing is wrong, however much happens.
"""

from __future__ import annotations

import math
import random
from typing import Final

from city.film.backdrop import Street
from city.film.canvas import Colour, Light
from city.film.cast import Driver, Member, Path, Rider, Thing, Walker
from city.film.people import Looks
from city.film.scene import CLIP_S, Event, Scene, Zone
from city.film.vehicles import BUS, CAR, SUV, VAN, Body
from city.film.view import View

_WIDTH_PX: Final = 960
_HEIGHT_PX: Final = 540
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
_TROUSERS: Final[tuple[Colour, ...]] = ((70, 52, 44), (45, 45, 48), (110, 100, 90), (95, 66, 50))
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


def scenes(seed: int) -> tuple[Scene, ...]:
    """All four scenes; the seed decides who passes when, and how everything looks."""
    return tuple(
        make(random.Random(f"{seed}/{make.__name__}"), seed)
        for make in (_shop_street, _broad_pavement, _night_street, _busy_crossing)
    )


def _view(yaw_deg: float, *, height_m: float = 5.0, pitch_deg: float = 21.0) -> View:
    return View(
        height_m=height_m,
        yaw_deg=yaw_deg,
        pitch_deg=pitch_deg,
        focal_px=850.0,
        width_px=_WIDTH_PX,
        height_px=_HEIGHT_PX,
    )


def _shop_street(source: random.Random, seed: int) -> Scene:
    street = Street(
        near_kerb_y=10.0,
        far_kerb_y=17.5,
        front_y=21.0,
        covers=((0.9, 7.5),),
        trees=((-3.0, 18.6), (6.2, 18.6), (15.0, 18.6)),
    )
    cover = Event(type="cover_missing", where="cover-1", begins_s=75.0, ends_s=195.0, x=0.9, y=7.5)
    heap = Event(type="goods", where="pavement-1", begins_s=112.0, ends_s=232.0, x=4.0, y=8.0)
    cast: list[Member] = [
        *_passers(source, near=((6.3, 6.55), (8.9, 9.3)), far=(18.9, 20.2), left=-6.0, right=12.0),
        *_traffic(source, near_y=12.0, far_y=15.6),
        *_cover_workers(cover),
        Thing(kind="goods", path=_still(heap)),
        _carrier(heap, source),
    ]
    return Scene(
        camera="cam-01",
        view=_view(14.0),
        light=Light(shadow=(0.55, -0.32), shadow_depth=0.46),
        street=street,
        cast=tuple(cast),
        zones=(Zone(id="pavement-1", detects="goods", corners=_corners(2.5, 6.9, 5.7, 9.6)),),
        events=(cover, heap),
        seed=seed + 1,
    )


def _broad_pavement(source: random.Random, seed: int) -> Scene:
    street = Street(
        near_kerb_y=11.8,
        far_kerb_y=18.4,
        front_y=22.0,
        covers=((0.3, 7.3),),
        trees=((-11.5, 12.9 + 6.4), (-2.5, 19.3), (6.5, 19.3)),
    )
    x, y = -2.4, 8.7
    stall = Event(type="stall", where="pavement-1", begins_s=60.0, ends_s=220.0, x=x, y=y)
    rolls = Path(points=((50.0, -12.0, y), (stall.begins_s, x, y), (stall.ends_s, x, y), (230.0, -12.0, y)))
    vendor = Looks(height_m=1.62, shirt=(60, 110, 60), trousers=_TROUSERS[1])
    stations = (
        (66.0, -3.9, 9.3),
        (98.0, -3.9, 9.3),
        (101.0, -1.0, 9.6),
        (140.0, -1.0, 9.6),
        (143.0, -3.8, 8.9),
    )
    minding = Path(
        points=(
            (50.0, -13.3, y),
            (60.0, -3.7, y),
            *stations,
            (214.0, -3.8, 8.9),
            (220.0, -3.7, y),
            (230.0, -13.3, y),
        )
    )
    cast: list[Member] = [
        *_passers(source, near=((6.5, 6.75), (10.9, 11.3)), far=(19.8, 21.2), left=-12.0, right=6.0),
        *_traffic(source, near_y=13.6, far_y=16.7, left=-26.0, right=14.0),
        Thing(kind="stall", path=rolls),
        Walker(path=minding, looks=vendor, facing=-1.2, talks=True),
        _customer(source, 84.0, -1.4),
        _customer(source, 150.0, -2.7),
    ]
    return Scene(
        camera="cam-02",
        view=_view(-13.0),
        light=Light(shadow=(-0.5, -0.4), shadow_depth=0.42),
        street=street,
        cast=tuple(cast),
        zones=(Zone(id="pavement-1", detects="stall", corners=_corners(-4.8, 7.7, -0.6, 10.5)),),
        events=(stall,),
        seed=seed + 2,
    )


def _night_street(source: random.Random, seed: int) -> Scene:
    street = Street(
        near_kerb_y=9.6,
        far_kerb_y=16.6,
        front_y=19.6,
        covers=((1.2, 7.2),),
        trees=((-2.2, 17.4), (9.5, 17.4)),
    )
    cover = Event(type="cover_missing", where="cover-1", begins_s=85.0, ends_s=205.0, x=1.2, y=7.2)
    cast: list[Member] = [
        *_passers(
            source,
            near=((8.4, 8.9),),
            far=(17.6, 18.9),
            left=-6.0,
            right=12.0,
            near_every_s=34,
            far_every_s=25,
        ),
        *_traffic(source, near_y=11.5, far_y=14.8, every_s=17.0),
        *_cover_workers(cover),
    ]
    light = Light(
        shadow=(0.0, 0.0), shadow_depth=0.0, night=True, lamps=((6.5, 9.0), (-5.0, 9.0), (3.0, 17.5))
    )
    return Scene(
        camera="cam-03",
        view=_view(11.0),
        light=light,
        street=street,
        cast=tuple(cast),
        zones=(Zone(id="pavement-1", detects="goods", corners=_corners(2.6, 6.7, 5.6, 9.2)),),
        events=(cover,),
        seed=seed + 3,
    )


def _busy_crossing(source: random.Random, seed: int) -> Scene:
    street = Street(
        near_kerb_y=9.8,
        far_kerb_y=17.4,
        front_y=21.0,
        covers=((2.9, 7.0),),
        trees=((-3.5, 18.4), (13.5, 18.4)),
        crossing=(5.2, 8.6),
    )
    cast: list[Member] = [
        *_passers(
            source,
            near=((6.2, 6.4), (8.6, 9.2)),
            far=(18.8, 20.2),
            left=-6.0,
            right=13.0,
            near_every_s=11,
            far_every_s=7,
        ),
        *_light_cycles(source),
        *_talkers(source, 66.0, 0.6, 8.2, 20.0),
        *_talkers(source, 148.0, 4.6, 8.4, 22.0),
        *_talkers(source, 236.0, -0.6, 7.4, 18.0),
    ]
    for begins in (24.0, 118.0, 203.0, 262.0):
        path = Path(points=((begins, -9.0, 10.5), (begins + 5.2, 16.0, 10.5)))
        cast.append(Rider(path=path, looks=_looks(source)))
    zones = (
        Zone(id="pavement-1", detects="stall", corners=_corners(-1.8, 6.8, 2.0, 9.2)),
        Zone(id="pavement-2", detects="goods", corners=_corners(3.9, 7.0, 7.0, 9.2)),
    )
    return Scene(
        camera="cam-04",
        view=_view(15.0),
        light=Light(shadow=(0.42, 0.3), shadow_depth=0.44),
        street=street,
        cast=tuple(cast),
        zones=zones,
        seed=seed + 4,
    )


def _corners(x0: float, y0: float, x1: float, y1: float) -> tuple[tuple[float, float], ...]:
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def _still(event: Event) -> Path:
    return Path(points=((event.begins_s, event.x, event.y), (event.ends_s, event.x, event.y + 0.001)))


def _looks(source: random.Random, *, vest: Colour | None = None, bag: bool | None = None) -> Looks:
    carries = source.random() < 0.3 if bag is None else bag
    return Looks(
        height_m=source.uniform(1.55, 1.82),
        shirt=source.choice(_SHIRTS),
        trousers=source.choice(_TROUSERS),
        vest=vest,
        bag=source.choice(_SHIRTS) if carries else None,
    )


def _passers(
    source: random.Random,
    *,
    near: tuple[tuple[float, float], ...],
    far: tuple[float, float],
    left: float,
    right: float,
    near_every_s: float = 16.0,
    far_every_s: float = 10.0,
) -> list[Member]:
    """People who walk by on both pavements, all through the clip and over its seam."""
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
        path=Path(points=((begins_s, start, y), (begins_s + duration, end, y + drift))), looks=_looks(source)
    )


def _traffic(
    source: random.Random,
    *,
    near_y: float,
    far_y: float,
    left: float = -16.0,
    right: float = 28.0,
    every_s: float = 13.0,
) -> list[Member]:
    """Vehicles in both lanes; the near lane drives to the right, as where one drives on the right."""
    result: list[Member] = []
    for y, direction in ((near_y, 1), (far_y, -1)):
        moment = source.uniform(2, every_s)
        while moment < CLIP_S - 1:
            duration = (right - left) / source.uniform(7.0, 10.5)
            start, end = (left, right) if direction > 0 else (right, left)
            body = _body(source)
            path = Path(points=((moment, start, y), (moment + duration, end, y)))
            result.append(Driver(path=path, body=body, colour=_paint(source, body)))
            moment += max(4.5, source.uniform(0.5, 1.5) * every_s)
    return result


def _body(source: random.Random) -> Body:
    return source.choices((CAR, SUV, VAN, BUS), weights=(6, 3, 2, 1))[0]


def _paint(source: random.Random, body: Body) -> Colour:
    return (70, 150, 60) if body is BUS else source.choice(_PAINTS)


def _cover_workers(event: Event) -> list[Member]:
    """Somebody takes the cover up and carries it off; later two men in orange bring it back."""
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


def _carrier(event: Event, source: random.Random) -> Walker:
    """Whoever dumps the goods; a cleaner takes them away later by the same way."""
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
        looks=_looks(source, bag=False),
        bends=((event.begins_s - 1.8, event.begins_s + 2.0), (event.ends_s - 1.8, event.ends_s + 2.0)),
    )


def _customer(source: random.Random, begins_s: float, x: float) -> Walker:
    """Somebody who stops at the stall for a while and walks on."""
    points = (
        (begins_s, 6.0, 7.2),
        (begins_s + 6.0, x, 7.75),
        (begins_s + 17.0, x, 7.75),
        (begins_s + 25.0, -12.0, 7.0),
    )
    return Walker(path=Path(points=points), looks=_looks(source), facing=math.pi / 2, talks=True)


def _talkers(source: random.Random, begins_s: float, x: float, y: float, stay_s: float) -> list[Member]:
    """Two who meet, talk for a while with their hands, and part."""
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
        result.append(Walker(path=path, looks=_looks(source), facing=facing, talks=True))
    return result


def _light_cycles(source: random.Random) -> list[Member]:
    """Turns of a traffic light: vehicles queue at the stop line for 24 s while people cross."""
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
            result.append(Driver(path=path, body=body, colour=_paint(source, body)))
        far_stop = Path(
            points=(
                (red - 1.0, 32.0, 15.5),
                (red + 2.5, 13.6, 15.5),
                (green + 0.6, 13.6, 15.5),
                (green + 2.6, 9.0, 15.5),
                (green + 6.5, -18.0, 15.5),
            )
        )
        result.append(Driver(path=far_stop, body=CAR, colour=source.choice(_PAINTS)))
        result += [_crosser(source, red + source.uniform(4.0, 13.0)) for _ in range(source.randint(3, 5))]
        for begins, y, start, end in ((green + 9.0, 11.8, -16.0, 28.0), (green + 16.0, 15.5, 28.0, -16.0)):
            body = _body(source)
            moment = begins + source.uniform(0, 4.0)
            path = Path(points=((moment, start, y), (moment + 5.0, end, y)))
            result.append(Driver(path=path, body=body, colour=_paint(source, body)))
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
    return Walker(path=Path(points=path), looks=_looks(source))
