"""Detects that messages get no fate although the database answers `SELECT 1`, such as behind a lock."""

from __future__ import annotations

from ingest.ledger import Ledger


class Stall:
    """Watches the ledger of one session.

    Args:
        ledger: of the session's messages.
        session: its name.
        longest_s: seconds without a decided fate, while messages are in flight, before it is a stall.
    """

    def __init__(self, ledger: Ledger, *, session: str, longest_s: float) -> None:
        self._ledger = ledger
        self._session = session
        self._longest_s = longest_s

    def waiting(self) -> str | None:
        """One sentence while ingest is stalled, else None; may be called from any thread."""
        balance = self._ledger.balance()
        if balance.stall_s < self._longest_s:
            return None
        return (
            f"{balance.in_flight} messages of the session of {self._session} are in flight and none has got "
            f"its fate for {balance.stall_s:.0f} s; the usual cause is a lock in the database: "
            "see StreetwardenIngestNotConsuming in docs/runbook.md"
        )
