"""What somebody searches for: words, and a place. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from center.web.answers import Refusal
from store.case_filter import Circle

MAX_CHARACTERS: Final = 100
_MAX_WORDS: Final = 8
_SHORTEST_WORD: Final = 2
_PLACE: Final = re.compile(r"\s*(-?\d{1,3}(?:\.\d{1,12})?)\s*[,,\s]\s*(-?\d{1,3}(?:\.\d{1,12})?)\s*")
_SEPARATORS: Final = re.compile(r"[\s,;:!?,。、;:!?()\[\]{}<>《》「」“”\"'|/\\]+")
_MAX_LATITUDE: Final = 90
_MAX_LONGITUDE: Final = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody searches for; without words, everything at the place.

    Attributes:
        words: in lower case, without spaces, of two characters or more; all of them are searched for.
        near: the place, if one was given.
    """

    words: tuple[str, ...]
    near: Circle | None


def question_of(text: str, *, near: str | None, within_m: int) -> Question:
    """What a text means: words, or a latitude and longitude.

    Args:
        text: as it was typed; full-width letters and digits are the same as others.
        near: a further latitude and longitude.
        within_m: metres around the place.

    Raises:
        Refusal: 422, there is nothing to search for, or too much.
    """
    plain = unicodedata.normalize("NFKC", text)
    if near is None and _PLACE.fullmatch(plain):
        plain, near = "", plain
    words = tuple(dict.fromkeys(word for word in _SEPARATORS.split(plain.lower()) if word))
    if len(words) > _MAX_WORDS or any(len(word) < _SHORTEST_WORD for word in words):
        raise Refusal(
            422,
            "invalid",
            f"words: search for {_MAX_WORDS} words at most, each of {_SHORTEST_WORD} characters or more",
        )
    if not words and near is None:
        raise Refusal(422, "invalid", "words: give words, a number, or a latitude and longitude")
    return Question(words=words, near=None if near is None else _circle(near, within_m))


def _circle(near: str, within_m: int) -> Circle:
    found = _PLACE.fullmatch(near)
    lat, lon = (float(part) for part in found.groups()) if found is not None else (999.0, 999.0)
    if abs(lat) > _MAX_LATITUDE or abs(lon) > _MAX_LONGITUDE:
        raise Refusal(422, "invalid", "near: give a latitude of -90 to 90 and a longitude of -180 to 180")
    return Circle(lat=lat, lon=lon, radius_m=within_m)
