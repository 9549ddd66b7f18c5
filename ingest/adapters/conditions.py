"""What a camera says of a condition that it watches: that it holds, or that it no longer does.

Such a message names no incident, and an adapter remembers none (ADR 0080). The one that it begins or ends is
found where incidents are stored, in the same transaction (`ingest.open_conditions`, ADR 0146).
"""

from __future__ import annotations

from uuid import UUID

from wire.messages import Incident


class ConditionReport(Incident, frozen=True, kw_only=True):
    """An incident as far as one message tells it.

    Attributes:
        condition: which condition of which camera; the same in all messages about it.
        lost_after_s: seconds after which a condition that still seems to hold counts as another one: its end
            was lost.
    """

    condition: UUID
    lost_after_s: float
