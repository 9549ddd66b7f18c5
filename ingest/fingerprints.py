"""Under which row of the quarantine a refused message is kept: refusing must not cost more than storing.

As a rule each message has a row of its own, and the same one again is counted there. What comes in floods
shares rows: what is beyond its sender's quota has one for each topic; of the rest, once a batch has brought
many of one topic, or of all, what follows shares one too. What shares a row is counted, and of its payloads
the first is kept.
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
    """For each refusal the key of its row: SHA-256, the same again for what shares a row."""
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
