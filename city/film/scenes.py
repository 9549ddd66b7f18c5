"""The four scenes of the simulated city.

cam-01 shop street by day: a cover goes missing, goods are dumped. cam-02 broad pavement by day: a vendor sets
up a stall. cam-03 a street at night: a cover goes missing while headlights pass. cam-04 a busy crossing with
much movement and no events.
"""

from __future__ import annotations

import random
from typing import Final

from city.film.backdrop import Street
from city.film.canvas import Light
from city.film.cast import Cyclist, LeftObject, Member, Path, Walker
from city.film.flows import (
    TROUSERS,
    carrier,
    cover_workers,
    customer,
    light_cycles,
    looks,
    passers,
    still,
    talkers,
    traffic,
)
from city.film.people import Looks
from city.film.scene import Event, Scene, Zone
from city.film.view import View

_WIDTH_PX: Final = 960
_HEIGHT_PX: Final = 540


def scenes(seed: int) -> tuple[Scene, ...]:
    """All four scenes; the seed decides who passes when, and all appearances."""
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
        *passers(source, near=((6.3, 6.55), (8.9, 9.3)), far=(18.9, 20.2), left=-6.0, right=12.0),
        *traffic(source, near_y=12.0, far_y=15.6),
        *cover_workers(cover),
        LeftObject(kind="goods", path=still(heap)),
        carrier(heap, source),
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
    vendor = Looks(height_m=1.62, shirt=(60, 110, 60), trousers=TROUSERS[1])
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
        *passers(source, near=((6.5, 6.75), (10.9, 11.3)), far=(19.8, 21.2), left=-12.0, right=6.0),
        *traffic(source, near_y=13.6, far_y=16.7, left=-26.0, right=14.0),
        LeftObject(kind="stall", path=rolls),
        Walker(path=minding, looks=vendor, facing=-1.2, talks=True),
        customer(source, 84.0, -1.4),
        customer(source, 150.0, -2.7),
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
        *passers(
            source,
            near=((8.4, 8.9),),
            far=(17.6, 18.9),
            left=-6.0,
            right=12.0,
            near_every_s=34,
            far_every_s=25,
        ),
        *traffic(source, near_y=11.5, far_y=14.8, every_s=17.0),
        *cover_workers(cover),
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
        *passers(
            source,
            near=((6.2, 6.4), (8.6, 9.2)),
            far=(18.8, 20.2),
            left=-6.0,
            right=13.0,
            near_every_s=11,
            far_every_s=7,
        ),
        *light_cycles(source),
        *talkers(source, 66.0, 0.6, 8.2, 20.0),
        *talkers(source, 148.0, 4.6, 8.4, 22.0),
        *talkers(source, 236.0, -0.6, 7.4, 18.0),
    ]
    for begins in (24.0, 118.0, 203.0, 262.0):
        path = Path(points=((begins, -9.0, 10.5), (begins + 5.2, 16.0, 10.5)))
        cast.append(Cyclist(path=path, looks=looks(source)))
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
