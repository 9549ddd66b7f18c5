"""The outcome of an attack."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One promise that was attacked.

    Attributes:
        area: which part of the attack: accounts, sessions, quotas, connections, web.
        promise: as a sentence.
        held: whether it held.
        found: the measurement or observation.
    """

    area: str
    promise: str
    held: bool
    found: str

    def line(self) -> str:
        """One line for people."""
        return f"{'held  ' if self.held else 'BROKEN'} {self.area}: {self.promise} ({self.found})"
