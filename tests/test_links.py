"""Links of the documents lead to existing files and headings."""

from __future__ import annotations

import functools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.docs_decisions import decisions
from program.errors import ProgramError

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def pages() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@functools.cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors that the headings of a page get, as Git hosts make them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    found: list[str] = []
    for heading in re.findall(r"^#{1,6} (.+)$", text, flags=re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        anchor = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        again = sum(1 for one in found if one == anchor or re.fullmatch(rf"{re.escape(anchor)}-\d+", one))
        found.append(f"{anchor}-{again}" if again else anchor)
    return frozenset(found)


def broken(page: Path) -> Iterator[str]:
    for target in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists():
            yield f"{page.relative_to(ROOT)}: {target} is not there"
        elif anchor and file.suffix == ".md" and anchor not in anchors(file):
            yield f"{page.relative_to(ROOT)}: {target} has no such heading"


def test_every_link_leads_to_a_file_and_a_heading_that_are_there() -> None:
    assert len(pages()) > 50
    assert [line for page in pages() for line in broken(page)] == []


def test_a_record_without_its_number_and_a_number_given_twice_are_named(tmp_path: Path) -> None:
    (tmp_path / "0001-a.md").write_text("# 0001. A\n", encoding="utf-8")
    (tmp_path / "0001-b.md").write_text("# 0001. B\n\n**Status.** replaced by 0002.\n", encoding="utf-8")
    with pytest.raises(ProgramError, match=r"0001-a\.md and 0001-b\.md have the same number"):
        list(decisions(tmp_path))
    (tmp_path / "0001-a.md").rename(tmp_path / "0002-a.md")
    with pytest.raises(ProgramError, match=r"does not begin with `# 0002\. `"):
        list(decisions(tmp_path))
    (tmp_path / "0002-a.md").write_text("# 0002. A\n", encoding="utf-8")
    assert [(one.title, one.status) for one in decisions(tmp_path)] == [
        ("B", "replaced by 0002"), ("A", "accepted"),
    ]  # fmt: skip
