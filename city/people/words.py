"""Notes that the staff write, by action."""

from __future__ import annotations

import random
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


def note_of(action: str, chance: random.Random) -> str:
    """A plausible note, in Chinese."""
    notes = _notes()
    words: list[str] = notes.get(action, notes["otherwise"])
    return chance.choice(words)


@cache
def _notes() -> dict[str, Any]:
    return tomllib.loads(files("city.people").joinpath("words.toml").read_text(encoding="utf-8"))
