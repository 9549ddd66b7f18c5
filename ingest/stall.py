"""Whether messages meet their fate: what a database that answers `SELECT 1` may still keep them from."""

from __future__ import annotations

from ingest.ledger import Ledger


class Stall:
    """Looks at the ledger.

    Args:
        ledger: of one session's messages.
        session: its name.
        longest_s: seconds for which none in flight may have met its fate.
    """

    def __init__(self, ledger: Ledger, *, session: str, longest_s: float) -> None:
        self._ledger = ledger
        self._session = session
        self._longest_s = longest_s

    def waiting(self) -> str | None:
        """One sentence while ingest is stalled, else None; from any thread."""
        balance = self._ledger.balance()
        if balance.stall_s < self._longest_s:
            return None
        return (
            f"{balance.in_flight} messages of the session of {self._session} are in flight and none has met "
            f"its fate for {balance.stall_s:.0f} s; mostly a lock in the database holds them: "
            "see StreetwardenIngestNotConsuming in docs/runbook.md"
        )
