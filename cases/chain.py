"""The hash that ties an event of a case to the one before it.

The database computes it when an event is written (`case_event_hash`). Whoever checks computes it here, so
that a check does not rest on a function of the database that it doubts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

NOTHING = b""
"""What stands before the first event."""


def link(previous: bytes, fields: Sequence[str | None]) -> bytes:
    """The hash of an event: SHA-256 over the hash before it and its fields.

    Args:
        previous: the hash of the event before it; `NOTHING` for the first.
        fields: as text, in the order of `case_event_hash`: case, sequence, at, actor, action, sets, note,
            observed at, incident, revision, evidence. Each counts as `length:text` in bytes of UTF-8, or `-`
            for null, so that no two rows give the same bytes.
    """
    parts = [b"-" if field is None else _sized(field.encode()) for field in fields]
    return hashlib.sha256(previous + b",".join(parts)).digest()


def _sized(text: bytes) -> bytes:
    return b"%d:%s" % (len(text), text)
