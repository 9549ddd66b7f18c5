"""What people search for, and which case they mean: made from cases that are there. Pure."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.cases.wording import PROBLEMS

_CHINESE: Final = re.compile(r"(.+?)第(\d+)号路口(.+)")
_ENGLISH: Final = re.compile(r"(.+) at (.+) no\. (\d+)")
_WRONG: Final = "登障绣木湾其永今"
_FREQUENT: Final = ("井盖", "路灯", "积水", "人行道", "垃圾桶满溢", "streetlight", "pavement")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A question, and the case that it is about.

    Attributes:
        number: of the case that must be among the first ten; None if any answer will do.
        near: a latitude and longitude, if it is about a place.
    """

    kind: str
    words: str
    number: str | None
    near: str | None = None


def questions(cases: Sequence[Any], *, seed: int) -> list[Wanted]:
    """For each case, one question of each kind that it can be found by.

    Args:
        cases: rows with number, description, street_name, lat, lon; each reported by a person.
        seed: of the errors.
    """
    generator = random.Random(seed)
    found = []
    for case in cases:
        number, text = case["number"], case["description"]
        of: dict[str, str] = {
            "whole number": number,
            "end of a number": number[-7:],
            "number with a wrong digit": _wrong_digit(number, generator),
        }
        chinese, english = _CHINESE.fullmatch(text), _ENGLISH.fullmatch(text)
        if chinese is not None:
            place, _, problem = chinese.groups()
            of |= {
                "Chinese words": f"{place} {problem}",
                "Chinese street and place": f"{case['street_name']} {place}",
                "Chinese without spaces": place + problem,
                "Chinese, a wrong character": f"{_wrong_character(place, generator)} {problem}",
                "Chinese, a missing character": f"{_missing(place, generator)} {problem}",
                "Chinese, wrong characters in both words": f"{_wrong_character(place, generator)} "
                f"{_wrong_character(problem, generator)}",
            }
        if english is not None:
            problem, place, _ = english.groups()
            words = [word for word in problem.split() if len(word) > 5][:2]
            of |= {
                "English words": f"{place} {' '.join(words)}",
                "English, a wrong letter": " ".join(
                    _typo(word, generator) for word in [*place.split(), *words]
                ),
            }
        found += [Wanted(kind=kind, words=words, number=number) for kind, words in of.items()]
        found.append(
            Wanted(kind="place", words="", number=number, near=f"{case['lat']:.6f},{case['lon']:.6f}")
        )
    found += [Wanted(kind="frequent word", words=word, number=None) for word in _FREQUENT]
    found += [
        Wanted(kind="frequent word, wrong", words=_typo(word.split(" ")[0], generator), number=None)
        for word in PROBLEMS
    ]
    others = {
        "found nowhere": ("火星基地", "喷泉爆炸", "zebra"),
        "eight frequent words": ("井盖 松动 有异 路灯 不亮 行道 street road",),
    }
    return found + [Wanted(kind=kind, words=words, number=None) for kind in others for words in others[kind]]


def _typo(word: str, generator: random.Random) -> str:
    if len(word) < 4:
        return word
    change: Callable[[str, random.Random], str] = (
        generator.choice([_missing, _exchanged]) if word.isascii() else _wrong_character
    )
    return change(word, generator)


def _wrong_character(word: str, generator: random.Random) -> str:
    place = generator.randrange(len(word))
    return word[:place] + generator.choice(_WRONG) + word[place + 1 :]


def _missing(word: str, generator: random.Random) -> str:
    place = generator.randrange(1, len(word) - 1)
    return word[:place] + word[place + 1 :]


def _exchanged(word: str, generator: random.Random) -> str:
    place = generator.randrange(1, len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _wrong_digit(number: str, generator: random.Random) -> str:
    place = generator.randrange(len(number) - 8, len(number))
    return number[:place] + str((int(number[place]) + generator.randrange(1, 10)) % 10) + number[place + 1 :]
