"""The files of a city's case policy: each from its folder, or the one that comes with Streetwarden."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from cases.errors import PolicyError

POLICY_FILES: Final = (
    "policy.toml",
    "codes.csv",
    "conditions.csv",
    "dispatch.csv",
    "notices.toml",
    "forms.toml",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFile:
    """The text of one file, its name for errors, and whether it came with Streetwarden."""

    text: str
    shown: str
    shipped: bool


def policy_file(own: Path | None, name: str) -> PolicyFile:
    """A file of a city's folder, or the one that comes with Streetwarden if the folder does not have it.

    Raises:
        PolicyError: it cannot be read.
    """
    found: Traversable = files("cases").joinpath("data", name)
    shipped = own is None or not (own / name).is_file()
    if own is not None and not shipped:
        found = own / name
    try:
        return PolicyFile(
            shipped=shipped,
            text=found.read_text(encoding="utf-8"),
            shown=str(found) if own is not None else f"cases/data/{name}",
        )
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{found} cannot be read as UTF-8 text ({error})") from None
