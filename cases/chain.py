"""The hash that links an event of a case to the one before it.

The database computes it when an event is written (`case_event_hash`). A verification computes it here, so
that it does not rely on a function of the database under test.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

NOTHING = b""
"""The hash before the first event."""


def link(previous: bytes, fields: Sequence[str | None]) -> bytes:
    """The hash of an event: SHA-256 of the previous hash and the event's fields.

    Args:
        previous: the hash of the event before it; `NOTHING` for the first.
        fields: as text, in the order of `case_event_hash`: case, sequence, at, actor, action, sets, note,
            observed at, incident, revision, evidence. Each is encoded as `length:text` in bytes of UTF-8, or
            as `-` for null, which makes the encoding of a row unique.
    """
    parts = [b"-" if field is None else _sized(field.encode()) for field in fields]
    return hashlib.sha256(previous + b",".join(parts)).digest()


def _sized(text: bytes) -> bytes:
    return b"%d:%s" % (len(text), text)
