"""Named queries, kept as SQL: `queries/{area}.sql`, each query under a line `-- name: its_name`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)[ \t]*$", re.MULTILINE)


def load(area: str) -> Mapping[str, str]:
    """The queries of one area, by name.

    Raises:
        ValueError: a name is used twice.
    """
    text = files("store").joinpath("queries", f"{area}.sql").read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    found: dict[str, str] = {}
    for name, sql in zip(parts[::2], parts[1::2], strict=True):
        if name in found:
            raise ValueError(f"queries/{area}.sql uses the name {name!r} twice")
        found[name] = sql.strip()
    return MappingProxyType(found)
