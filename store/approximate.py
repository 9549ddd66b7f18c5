"""Approximate matching of words: their parts that an index finds, and how well a text contains a word. Pure.

A word may be typed with errors: a wrong, missing or additional character. With e errors, one of e + 1 parts
of the word is unchanged, so a text that contains none of the parts need not be compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final

from rapidfuzz.fuzz import partial_ratio

_SHORTEST_PART: Final = 2
"""Characters of a part: the index has pairs."""
_FIRST_ERROR: Final = 3
_SECOND_ERROR: Final = 6
_LATIN_FIRST_ERROR: Final = 4
_LATIN_SECOND_ERROR: Final = 8
"""Characters from which a word may have one error, or two; Latin words say less with as many characters."""
_COVERED: Final = 0.7
"""The share of a word's pairs that a text must contain in any order, if the word itself is not in it."""
_IN_ANY_ORDER: Final = 0.9
"""Pairs in any order are worth less than a run of characters."""

_MAX_KEPT: Final = 256
"""Words whose parts are kept; a search compares each of its words with thousands of texts."""

_LATIN: Final = re.compile(r"[\x00-\u024f]*")
_NUMBER: Final = re.compile(r"[a-z]{0,8}[0-9]{8,32}")


def errors_allowed(word: str) -> int:
    """The number of errors with which a word is still recognised: 0 to 2."""
    first, second = (
        (_LATIN_FIRST_ERROR, _LATIN_SECOND_ERROR) if _LATIN.fullmatch(word) else (_FIRST_ERROR, _SECOND_ERROR)
    )
    return (len(word) >= first) + (len(word) >= second)


@lru_cache(maxsize=_MAX_KEPT)
def parts(word: str, most_errors: int = 2) -> tuple[str, ...]:
    """Parts of a word, of two characters or more; a text with the word, typed with errors, contains one.

    The word itself if no error is allowed.

    Args:
        word: in lower case.
        most_errors: fewer errors than the word may have give longer parts, which fewer texts contain.
    """
    number = min(errors_allowed(word), most_errors) + 1
    if len(word) >= number * _SHORTEST_PART:
        ends = [len(word) * each // number for each in range(number + 1)]
        return tuple(word[begin:end] for begin, end in pairwise(ends))
    if number == 1:
        return (word,)
    return word[:_SHORTEST_PART], word[-_SHORTEST_PART:]  # a word of three characters


def likeness(word: str, text: str) -> float:
    """How well a text contains a word: 1 if it does, 0 if it does not even with the allowed errors.

    Args:
        word: in lower case, without spaces.
        text: in lower case.
    """
    if word in text:
        return 1.0
    allowed = errors_allowed(word)
    if not allowed:
        return 0.0
    # Two exchanged letters may leave no part of a short Latin word, which is still like it.
    if not _LATIN.fullmatch(word) and not any(part in text for part in parts(word)):
        return 0.0
    run = partial_ratio(word, text) / 100 if len(text) >= len(word) else 0.0
    if run < 1 - allowed / len(word):
        run = 0.0
    pairs = _pairs(word)
    covered = sum(pair in text for pair in pairs) / len(pairs)
    return min(0.99, max(run, covered * _IN_ANY_ORDER if covered >= _COVERED else 0.0))


@lru_cache(maxsize=_MAX_KEPT)
def _pairs(word: str) -> frozenset[str]:
    return frozenset(word[place : place + 2] for place in range(len(word) - 1))


@lru_cache(maxsize=_MAX_KEPT)
def numbers_like(word: str) -> frozenset[str]:
    """All numbers that differ from a word by one digit: wrong, missing, additional, or two exchanged.

    Args:
        word: in lower case; letters at its beginning are taken as they are.

    Returns:
        In upper case; none if the word is not a number of 8 digits or more.
    """
    if not _NUMBER.fullmatch(word):
        return frozenset()
    text = word.upper()
    return frozenset(_one_digit_off(text, len(text) - len(text.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))))


def _one_digit_off(text: str, begin: int) -> Iterator[str]:
    for place in range(begin, len(text)):
        yield text[:place] + text[place + 1 :]
        for digit in "0123456789":
            yield text[:place] + digit + text[place + 1 :]
            yield text[:place] + digit + text[place:]
        yield text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :]
    for digit in "0123456789":
        yield text + digit
