"""Describes a type with its limits in words, for tables in documents."""

from __future__ import annotations

import types
from datetime import date, datetime, time
from enum import Enum
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta

_END: Final = r"(?![\s\S])"
"""The end of a text in Python's and JSON Schema's regular expressions, which reads better as `$`."""

_WORDS: Final = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    bytes: "base64",
    datetime: "RFC 3339 text",
    date: "date",
    time: "time of day",
    UUID: "UUID",
}


def words(hint: Any) -> str:
    """The values that a type allows, such as `whole number, 0 to 65535`."""
    metas, bare = _unwrap(hint)
    if get_origin(bare) is not None or isinstance(bare, types.UnionType):
        return _composite(metas, get_origin(bare), get_args(bare))
    if issubclass(bare, Enum):
        return ", ".join(f"`{each.value}`" for each in bare)
    if issubclass(bare, msgspec.Struct):
        name = bare.__name__.lower()
        return f"[{name}](#{name})"
    word = _WORDS.get(bare, bare.__name__) + _sized(metas, "bytes" if bare is bytes else "characters")
    pattern = _limit(metas, "pattern")
    form = f"`{pattern.replace(_END, '$')}`" if pattern else ""
    return ", ".join(part for part in (word, _range(metas), form) if part)


def _composite(metas: list[Meta], origin: Any, arguments: tuple[Any, ...]) -> str:
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if origin is dict:
        return f"table{_sized(metas, 'entries')} of {words(arguments[1])} by {words(arguments[0])}"
    if origin in (list, tuple):
        if origin is list or Ellipsis in arguments:
            return f"list{_sized(metas, 'entries')} of {words(arguments[0])}"
        return f"list of {len(arguments)}: {_each(arguments)}"
    return " or ".join(words(each) for each in arguments if each is not type(None))


def description(hint: Any) -> str:
    """The description in the type's annotations: the outermost one, or else that of its parts."""
    metas, bare = _unwrap(hint)
    found = [meta.description for meta in metas if meta.description]
    if found:
        return found[-1]
    if get_origin(bare) in (Union, types.UnionType):
        return " ".join(filter(None, map(description, get_args(bare))))
    return ""


def structs(hint: Any) -> tuple[type[msgspec.Struct], ...]:
    """The structs in a type, in a union or in a list."""
    _, bare = _unwrap(hint)
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        return (bare,)
    if get_origin(bare) in (list, tuple, Union, types.UnionType):
        return tuple(each for part in get_args(bare) for each in structs(part))
    return ()


def is_list(hint: Any) -> bool:
    """Whether a type is a list of something."""
    return get_origin(_unwrap(hint)[1]) in (list, tuple)


def _each(arguments: tuple[Any, ...]) -> str:
    return words(arguments[0]) if len(set(arguments)) == 1 else ", ".join(map(words, arguments))


def _unwrap(hint: Any) -> tuple[list[Meta], Any]:
    metas: list[Meta] = []
    while get_origin(hint) is Annotated:
        hint, *notes = get_args(hint)
        metas += [note for note in notes if isinstance(note, Meta)]
    return metas, hint


def _limit(metas: list[Meta], name: str) -> Any:
    found = [getattr(meta, name) for meta in metas if getattr(meta, name) not in (None, UNSET)]
    return found[0] if found else None


def _number(value: float | None) -> str | None:
    return (
        f"{value:g}".replace("e+", "e") if isinstance(value, float) else None if value is None else str(value)
    )


def _range(metas: list[Meta]) -> str:
    minimum, maximum, above, below = (_number(_limit(metas, name)) for name in ("ge", "le", "gt", "lt"))
    if minimum is not None and maximum is not None:
        return f"{minimum} to {maximum}"
    low = f"at least {minimum}" if minimum is not None else f"above {above}" if above is not None else ""
    high = f"at most {maximum}" if maximum is not None else f"below {below}" if below is not None else ""
    return ", ".join(part for part in (low, high) if part)


def _sized(metas: list[Meta], unit: str) -> str:
    minimum, maximum = _limit(metas, "min_length"), _limit(metas, "max_length")
    if minimum is None and maximum is None:
        return ""
    if maximum is None:
        return f" of at least {minimum} {unit}" if minimum != 1 else ""
    return f" of {minimum} to {maximum} {unit}" if minimum is not None else f" of at most {maximum} {unit}"
