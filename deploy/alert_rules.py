"""The shipped alert and recording rules, prepared for a Prometheus of the stack."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "prometheus" / "rules"
PUBLISHED: Final = "https://streetwarden.example/docs/runbook.md"
"""The placeholder in `runbook_url` for the address at which an installation publishes its runbook."""

_RUNBOOK: Final = Path(__file__).parents[1] / "docs" / "runbook.md"
_DURATION: Final = re.compile(
    r"(?P<before>\bfor: |\bkeep_firing_for: |\[)(?P<count>\d+)(?P<unit>s|m|h|d)(?P<after>\]|\s)"
)
_MILLISECONDS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def shipped(*, runbook: str | None = None) -> Mapping[str, str]:
    """The rule files by name.

    Args:
        runbook: the URL that `runbook_url` begins with; None for this checkout's runbook, if it has one.
    """
    if runbook is None:
        runbook = _RUNBOOK.as_uri() if _RUNBOOK.is_file() else PUBLISHED
    return {
        file.name: file.read_text(encoding="utf-8").replace(PUBLISHED, runbook)
        for file in sorted(FOLDER.glob("*.yml"))
    }


def faster(rules: str, times: float) -> str:
    """The same rules with every `for` and every range divided by a factor, for trials on real servers."""

    def shorten(found: re.Match[str]) -> str:
        milliseconds = int(found["count"]) * _MILLISECONDS[found["unit"]] / times
        return f"{found['before']}{max(1, round(milliseconds))}ms{found['after']}"

    return _DURATION.sub(shorten, rules)
