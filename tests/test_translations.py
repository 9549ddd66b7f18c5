"""A translated page matches the current English page.

Its first line names the page and its digest. If the translation has only some of the sections, the digest
covers those with the same heading, or named in a comment: `<!-- section: What it shows -->`.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [page for page in sorted((ROOT / "docs/zh").glob("*.md")) if page.name != "README.md"]
SECTION = re.compile(r"<!-- section: (.+) -->")
HEADER = re.compile(
    r"<!-- translation of (docs/[a-z0-9-]+\.md)(, some sections)?; digest ([0-9a-f]{12}) -->\n"
)


def sections(text: str) -> dict[str, str]:
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def digest(english: str, translated: str, *, some: bool) -> str:
    if some:
        wanted = sections(translated).keys() | set(SECTION.findall(translated))
        english = "".join(name + body for name, body in sections(english).items() if name in wanted)
    return hashlib.sha256(english.encode()).hexdigest()[:12]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_translation_follows_its_page(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    header = HEADER.match(text)
    assert header is not None, f"{page.name} does not name the page that it translates"
    english = (ROOT / header[1]).read_text(encoding="utf-8")
    now = digest(english, text, some=header[2] is not None)
    assert header[3] == now, (
        f"{header[1]} has changed since {page.relative_to(ROOT)} was translated: bring the translation up to "
        f"date, then write digest {now} into its first line"
    )


def test_a_change_of_a_section_that_is_not_translated_is_none() -> None:
    english, translated = "## A\none\n## B\ntwo\n", "# 页\n## A\n一\n"
    before = digest(english, translated, some=True)
    assert digest(english.replace("two", "three"), translated, some=True) == before
    assert digest(english.replace("one", "uno"), translated, some=True) != before
    assert digest(english.replace("two", "three"), translated, some=False) != before
    named = "# 页\n## 甲 <!-- section: A -->\n一\n"
    assert digest(english, named, some=True) == before
