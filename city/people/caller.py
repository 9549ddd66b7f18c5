"""Callers of the hotline: what they tell, where, and whether they want to hear the result. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

_TOLD: Final = (
    ("event", "0501", "路口有流动摊贩占道", "摊贩占用人行道,行人只能走到马路上"),
    ("event", "0506", "共享单车乱停放", "门口堆满共享单车,推婴儿车过不去"),
    ("event", "0406", "路面积水", "雨后积水一直不退,过往车辆溅水"),
    ("component", "0118", "路灯不亮", "这一段路灯晚上不亮"),
    ("component", "0102", "井盖松动", "车一过井盖就响,夜里很吵"),
)
_SURNAMES: Final = "陈林黄张李王吴蔡刘杨"
_NAMED: Final = 0.8
_CALL_BACK: Final = 0.6
_PUBLIC: Final = 0.4
_AWAY_DEG: Final = 0.0003


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A street of the city, and a place on it, degrees of WGS-84."""

    name: str
    lat: float
    lon: float


def call_of(places: Sequence[Place], chance: random.Random) -> dict[str, Any] | None:
    """A report of the hotline as the API takes it; None while no place is known."""
    if not places:
        return None
    place = chance.choice(places)
    category, code, title, words = chance.choice(_TOLD)
    caller: dict[str, Any] = {
        "telephone": f"139{chance.randrange(10**8):08d}",
        "call_back": chance.random() < _CALL_BACK,
        "public": chance.random() < _PUBLIC,
    }
    if chance.random() < _NAMED:
        caller["name"] = chance.choice(_SURNAMES) + chance.choice(("先生", "女士"))
    return {
        "source": "hotline",
        "category": category,
        "code": code,
        "title": title,
        "description": f"{place.name},{words}",
        "lat": place.lat + chance.uniform(-_AWAY_DEG, _AWAY_DEG),
        "lon": place.lon + chance.uniform(-_AWAY_DEG, _AWAY_DEG),
        "caller": caller,
    }
