"""What an attack found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One promise that was attacked.

    Attributes:
        area: which part of the attack: accounts, sessions, quotas, connections, web.
        promise: what should hold, as a sentence.
        held: whether it did.
        found: what was measured or seen.
    """

    area: str
    promise: str
    held: bool
    found: str

    def line(self) -> str:
        """One line for people."""
        return f"{'held  ' if self.held else 'BROKEN'} {self.area}: {self.promise} ({self.found})"
