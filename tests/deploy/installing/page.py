"""Extracts the commands of docs/installation.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[3] / "docs" / "installation.md"
_BLOCK: Final = re.compile(
    r"<!-- (?P<kind>packages|commands): (?P<roles>[a-z, -]+) -->\n```sh\n(?P<script>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


def blocks(kind: str, role: str, page: str | None = None) -> Iterator[str]:
    """The marked blocks of a role, in order.

    Args:
        kind: `packages` for those that need Debian's servers, `commands` for all others.
        role: the machine role.
        page: the page's text; default: docs/installation.md.
    """
    text = PAGE.read_text(encoding="utf-8") if page is None else page
    for found in _BLOCK.finditer(text):
        if found["kind"] == kind and role in re.split(r", *", found["roles"]):
            yield found["script"]
