"""Chooses the row of the quarantine for a refused message; refusing must not cost more than storing.

Normally each message has a row of its own, and repetitions of it are counted there. Floods share rows.
Messages beyond their sender's quota share one row for each topic. Of other refusals, once a batch holds many
of one topic, or many altogether, the following ones share a row too. A shared row counts its messages and
keeps the first payload.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Final

from ingest.batch import Refusal
from ingest.errors import Reason

_OF_A_TOPIC: Final = 20
_OF_A_BATCH: Final = 500


def fingerprints(refusals: Sequence[Refusal]) -> list[bytes]:
    """For each refusal the key of its row, a SHA-256; refusals that share a row have the same key."""
    of_topic: Counter[tuple[bytes, Reason]] = Counter()
    found = []
    for number, refusal in enumerate(refusals):
        reason = refusal.error.reason
        of_topic[refusal.topic, reason] += 1
        if reason is Reason.DEFECT:  # ours: every payload is wanted
            parts = (refusal.topic, reason.encode(), refusal.payload)
        elif number >= _OF_A_BATCH and reason is not Reason.QUOTA:
            parts = (b"", reason.encode(), b"")
        elif reason is Reason.QUOTA or of_topic[refusal.topic, reason] > _OF_A_TOPIC:
            parts = (refusal.topic, reason.encode(), b"")
        else:
            parts = (refusal.topic, reason.encode(), refusal.payload)
        found.append(hashlib.sha256(b"\0".join(parts)).digest())
    return found
