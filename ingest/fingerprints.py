"""The key of a refused message in the quarantine, chosen to make refusing no dearer than storing.

Normally each message has a row of its own, and a repeat is counted there. Floods share rows. Messages beyond
a sender's quota share one row for each topic. Other messages share a row for each topic after a batch has
brought many of that topic, or many in all. A shared row counts its messages and keeps the first payload.
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
    """The key (SHA-256) of each refusal's row; refusals with the same key share a row."""
    of_topic: Counter[tuple[bytes, Reason]] = Counter()
    found = []
    for number, refusal in enumerate(refusals):
        reason = refusal.error.reason
        of_topic[refusal.topic, reason] += 1
        if reason is Reason.DEFECT:  # a defect in ingest: every payload is needed
            parts = (refusal.topic, reason.encode(), refusal.payload)
        elif number >= _OF_A_BATCH and reason is not Reason.QUOTA:
            parts = (b"", reason.encode(), b"")
        elif reason is Reason.QUOTA or of_topic[refusal.topic, reason] > _OF_A_TOPIC:
            parts = (refusal.topic, reason.encode(), b"")
        else:
            parts = (refusal.topic, reason.encode(), refusal.payload)
        found.append(hashlib.sha256(b"\0".join(parts)).digest())
    return found
