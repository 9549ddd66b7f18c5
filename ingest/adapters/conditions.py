"""A camera's report that a condition holds, or no longer holds.

Such a message names no incident, and an adapter keeps no state (ADR 0080). `ingest.open_conditions` finds the
incident that the report begins or ends, in the transaction that stores it (ADR 0146).
"""

from __future__ import annotations

from uuid import UUID

from wire.messages import Incident


class ConditionReport(Incident, frozen=True, kw_only=True):
    """An incident, as far as one message describes it.

    Attributes:
        condition: identifies the condition and the camera; the same in all messages about it.
        lost_after_s: seconds after which a condition that still holds counts as a new one, because the
            message of its end was probably lost.
    """

    condition: UUID
    lost_after_s: float
