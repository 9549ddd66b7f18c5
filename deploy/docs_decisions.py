"""The index of decision records: number, title and status of each, by area."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from program.errors import ProgramError

_TITLE: Final = re.compile(r"# (\d{4})\. (.+)")
_STATUS: Final = re.compile(r"\*\*Status\.\*\* (.+)")
_ACCEPTED: Final = "accepted"
_HEADER: Final = """# Decision records

Each record has the situation, the decision, the alternatives that were refused and, if there is one, the
measurement ([0000](0000-how-we-decide.md)). When a decision changes, its record is not rewritten: a new
record replaces or amends it, and the *Status* line of the old record names the new one. `scripts/docs`
generates this index.

| number | decision | status |
|---|---|---|
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One record.

    Attributes:
        number: four digits.
        title: without the number.
        status: Markdown: `accepted`, or what replaces or amends it.
        file: its file's name.
    """

    number: str
    title: str
    status: str
    file: str


def decisions(folder: Path) -> Iterator[Decision]:
    """The records in a folder, by number.

    Raises:
        ProgramError: a record has no title with its number, or two have the same number.
    """
    known: dict[str, str] = {}
    for file in sorted(folder.glob("[0-9]*.md")):
        text = file.read_text(encoding="utf-8")
        title = _TITLE.match(text)
        if title is None or title[1] != file.name[:4]:
            raise ProgramError(f"{file} does not begin with `# {file.name[:4]}. ` and its title")
        if title[1] in known:
            raise ProgramError(f"{known[title[1]]} and {file.name} have the same number")
        known[title[1]] = file.name
        status = _STATUS.search(text)
        yield Decision(
            number=title[1],
            title=title[2],
            status=_ACCEPTED if status is None else status[1].rstrip("."),
            file=file.name,
        )


def decisions_page(folder: Path) -> str:
    """`docs/decisions/README.md`."""
    rows = (f"| [{one.number}]({one.file}) | {one.title} | {one.status} |\n" for one in decisions(folder))
    return _HEADER + "".join(rows)
