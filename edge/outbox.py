"""Incident messages that wait for the centre's receipt, in the order in which they were made."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from edge.box_file import BoxFile
from wire.codec import encode
from wire.messages import Incident, Receipt, ReceiptOutcome

log = logging.getLogger(__name__)

_DECODER: Final = msgspec.json.Decoder(Incident)
_KEEP_REFUSED: Final = """
INSERT OR REPLACE INTO refused (seq, incident_id, revision, refused_at, reason, payload)
SELECT seq, incident_id, revision, ?, ?, payload FROM outbox WHERE incident_id = ? AND revision = ?
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One message that waits.

    Attributes:
        seq: its place in the order.
        made_at: when it was made, seconds since the epoch.
    """

    seq: int
    made_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How full the outbox is.

    Attributes:
        messages: how many wait.
        size: of their payloads together, bytes.
        oldest_at: when the oldest was made, seconds since the epoch; None while none waits.
        refused: messages kept that the centre refused.
    """

    messages: int
    size: int
    oldest_at: float | None
    refused: int


class Outbox:
    """The queue in the box's file. Safe for all threads.

    Args:
        file: the box's file.
        messages: how many may wait.
        size: how many bytes of payload may wait.
        refused: how many refused ones are kept.
        clock: seconds since the epoch.
    """

    def __init__(
        self, file: BoxFile, *, messages: int, size: int, refused: int, clock: Callable[[], float]
    ) -> None:
        self._file = file
        self._messages = messages
        self._size = size
        self._refused = refused
        self._clock = clock
        self._listener: Callable[[], object] = lambda: None
        self.given_up = 0
        """Messages dropped because the outbox was full."""
        self.stripped = 0
        """Messages that lost their pictures because the outbox was full."""

    def on_new(self, listener: Callable[[], object]) -> None:
        """Call this, from any thread, when a message has come in."""
        self._listener = listener

    def announce(self) -> None:
        """Say that a transaction with new messages has been committed."""
        self._listener()

    def add(self, connection: sqlite3.Connection, incident: Incident) -> None:
        """Put a message in, as part of the caller's transaction; make room first if need be."""
        payload = encode(incident)
        self._make_room(connection, len(payload))
        connection.execute(
            "INSERT INTO outbox (incident_id, revision, made_at, pictures, payload) VALUES (?, ?, ?, ?, ?)",
            (str(incident.incident_id), incident.revision, self._clock(), len(incident.pictures), payload),
        )

    def first(self, count: int) -> list[Waiting]:
        """The oldest messages."""
        with self._file.reading() as connection:
            rows = connection.execute("SELECT seq, made_at FROM outbox ORDER BY seq LIMIT ?", (count,))
            return [Waiting(seq=seq, made_at=made_at) for seq, made_at in rows]

    def payload(self, seq: int) -> bytes | None:
        """What to send; None when it is no longer there."""
        with self._file.reading() as connection:
            row = connection.execute("SELECT payload FROM outbox WHERE seq = ?", (seq,)).fetchone()
        return row[0] if row is not None else None

    def settle(self, receipt: Receipt) -> bool:
        """Forget what the centre has, keep aside what it refused; answer whether it was waiting here."""
        key = (str(receipt.incident_id), receipt.revision)
        with self._file.transaction() as connection:
            if receipt.outcome is ReceiptOutcome.REFUSED:
                connection.execute(
                    _KEEP_REFUSED,
                    (self._clock(), receipt.reason or "no reason given", *key),
                )
                connection.execute(
                    "DELETE FROM refused WHERE seq NOT IN "
                    "(SELECT seq FROM refused ORDER BY refused_at DESC, seq DESC LIMIT ?)",
                    (self._refused,),
                )
            gone = connection.execute("DELETE FROM outbox WHERE incident_id = ? AND revision = ?", key)
            return gone.rowcount > 0

    def level(self) -> Level:
        """How full it is."""
        with self._file.reading() as connection:
            messages, size, oldest_at = connection.execute(
                "SELECT count(*), coalesce(sum(length(payload)), 0), min(made_at) FROM outbox"
            ).fetchone()
            (refused,) = connection.execute("SELECT count(*) FROM refused").fetchone()
        return Level(messages=messages, size=size, oldest_at=oldest_at, refused=refused)

    def refusals(self) -> list[tuple[UUID, int, str]]:
        """Incident, revision and reason of what the centre refused, the newest first."""
        with self._file.reading() as connection:
            rows = connection.execute(
                "SELECT incident_id, revision, reason FROM refused ORDER BY refused_at DESC, seq DESC"
            )
            return [(UUID(incident_id), revision, reason) for incident_id, revision, reason in rows]

    def _make_room(self, connection: sqlite3.Connection, coming: int) -> None:
        """The word outlives the picture: the oldest lose their pictures first, and are given up only then."""
        count, size = connection.execute(
            "SELECT count(*), coalesce(sum(length(payload)), 0) FROM outbox"
        ).fetchone()
        while size + coming > self._size and (freed := self._strip_oldest(connection)):
            size -= freed
        while count > 0 and (count + 1 > self._messages or size + coming > self._size):
            seq, length = connection.execute(
                "SELECT seq, length(payload) FROM outbox ORDER BY seq LIMIT 1"
            ).fetchone()
            connection.execute("DELETE FROM outbox WHERE seq = ?", (seq,))
            count, size = count - 1, size - length
            self.given_up += 1
            if self.given_up == 1:
                log.error(
                    "the outbox is full: the oldest incidents are given up; "
                    "see why no receipts come, or raise outbox.messages and outbox.mib"
                )

    def _strip_oldest(self, connection: sqlite3.Connection) -> int:
        row = connection.execute(
            "SELECT seq, payload FROM outbox WHERE pictures > 0 ORDER BY seq LIMIT 1"
        ).fetchone()
        if row is None:
            return 0
        seq, payload = row
        bare = encode(msgspec.structs.replace(_DECODER.decode(payload), pictures=[]))
        connection.execute("UPDATE outbox SET payload = ?, pictures = 0 WHERE seq = ?", (bare, seq))
        self.stripped += 1
        return len(payload) - len(bare)
