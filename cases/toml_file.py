"""A TOML file of the city's policy, read into the types of its tables."""

from __future__ import annotations

import tomllib
from typing import TypeVar

import msgspec

from cases.errors import PolicyError

TableT = TypeVar("TableT", bound=msgspec.Struct)


def decode_toml(text: str, kind: type[TableT], *, file: str) -> TableT:
    """Read a file.

    Args:
        text: TOML.
        kind: the type of the whole file.
        file: its name, for errors.

    Raises:
        PolicyError: it is not TOML, or an entry is wrong; the text names the entry.
    """
    try:
        return msgspec.convert(tomllib.loads(text), kind)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{file} is not valid TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise PolicyError(f"{file}: {error}") from None
