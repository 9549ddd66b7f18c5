"""What patrol members report from their phones: problems in streets. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from city.people.staff import Member

PAUSE_HOURS: Final = 10.0
"""Usual time between two reports of a patrol member, in the city's hours."""
_ON_THE_SPOT: Final = 0.2
_ANSWER_LOST: Final = 0.1

_SIGHTS: Final = (
    ("0506", "共享单车占用盲道"),
    ("0506", "非机动车停放杂乱"),
    ("0507", "人行道堆放装修垃圾"),
    ("0504", "商户店外摆放货物"),
    ("0511", "沿街绿篱晾晒衣物"),
    ("0304", "围挡占用人行道"),
    ("0406", "路面积水"),
)
"""Codes of list A, and what a patrol member writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolReport:
    """A report from the street.

    Attributes:
        code: of an event, in list A.
        lat: degrees, WGS 84; `lon` likewise.
        words: what the member writes.
        on_the_spot: whether the member deals with it at once (自行处置).
        answer_lost: whether the phone does not get the answer, and sends the report again.
    """

    code: str
    lat: float
    lon: float
    words: str
    on_the_spot: bool
    answer_lost: bool


def next_report(places: Sequence[tuple[float, float]], chance: random.Random) -> PatrolReport:
    """What a member sees next.

    Args:
        places: longitude and latitude of places in streets.
        chance: the random source.
    """
    lon, lat = chance.choice(places)
    code, words = chance.choice(_SIGHTS)
    return PatrolReport(
        code=code, lat=round(lat, 6), lon=round(lon, 6), words=words,
        on_the_spot=chance.random() < _ON_THE_SPOT, answer_lost=chance.random() < _ANSWER_LOST,
    )  # fmt: skip


def hours_until_next(member: Member, chance: random.Random) -> float:
    """The time until a member's next report, in the city's hours."""
    return PAUSE_HOURS * member.habits.pace * chance.uniform(0.5, 1.5)
