"""axe-core's rules on a page as it is on the screen."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

_AXE: Final = Path(__file__).parents[2] / "center" / "console" / "node_modules" / "axe-core" / "axe.min.js"
_RUN: Final = """async () => {
    const found = await axe.run(document, { runOnly: { type: "tag", values: [
        "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice" ] },
        rules: { "label-content-name-mismatch": { enabled: true } } });
    return found.violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`));
}"""


@cache
def _axe() -> str:
    return _AXE.read_text(encoding="utf-8")


def violations(page: Page) -> list[Any]:
    """What breaks WCAG 2.2 AA or axe's best practices, one line for each element; empty if nothing does."""
    page.wait_for_function(
        "() => document.getAnimations().every((one) => one.playState !== 'running' "
        "|| one.effect.getComputedTiming().iterations === Infinity)"
    )
    page.evaluate(_axe())
    found: list[Any] = page.evaluate(_RUN)
    return found
