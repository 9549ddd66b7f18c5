"""Writes refused messages into their table: the beginning, or the whole message if it may be requeued."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from ingest.batch import Batch, Refusal
from ingest.errors import Reason
from ingest.fingerprints import fingerprints
from ingest.packets import Malformed, Oversized
from ingest.settings import Quarantine as Settings
from store.connection import Connection
from store.queries import load

_TOPIC_CHARACTERS: Final = 300
_REASON_CHARACTERS: Final = 500
_MIB: Final = 1024 * 1024


class Quarantine:
    """Writes refusals, and keeps the table within its limits.

    Args:
        settings: the limits.
        dropped: called with the limit and the number of rows deleted because of it.
    """

    def __init__(self, settings: Settings, *, dropped: Callable[[str, int], None]) -> None:
        self._settings = settings
        self._dropped = dropped
        self._sql = load("quarantine")

    async def write(self, connection: Connection, batch: Batch, refusals: Sequence[Refusal]) -> None:
        """Write the refusals of a batch in the transaction of the caller."""
        requeued = batch.arrival.requeued
        await connection.execute(self._sql["lock_quarantine"])
        if requeued is not None:
            await self._refuse_again(connection, requeued, refusals)
        refusals = [each for each in refusals if requeued is None or each.item is not None]
        if not refusals:
            return
        rows: dict[bytes, tuple[str, bytes, int, str]] = {}
        counts: Counter[bytes] = Counter()
        for refusal, fingerprint in zip(refusals, fingerprints(refusals), strict=True):
            rows.setdefault(fingerprint, self._row(refusal, whole=requeued is not None))
            counts[fingerprint] += 1
        prints = sorted(rows)
        await connection.execute(
            self._sql["quarantine"],
            prints,
            *([rows[each][column] for each in prints] for column in range(4)),
            [counts[each] for each in prints],
            batch.received_at,
        )
        await self._bound(connection, defects=any(_is_defect(refusal) for refusal in refusals))

    async def _refuse_again(
        self, connection: Connection, requeued: bytes, refusals: Sequence[Refusal]
    ) -> None:
        """Refuse a message from the quarantine again: its row stays, with the new reason."""
        whole = [refusal for refusal in refusals if refusal.item is None]
        for refusal, fingerprint in zip(whole, fingerprints(whole), strict=True):
            topic, payload, size, reason = self._row(refusal, whole=True)
            await connection.execute(self._sql["merge_requeued"], requeued, fingerprint)
            await connection.execute(
                self._sql["refuse_requeued"], requeued, fingerprint, topic, payload, size, reason
            )

    def _row(self, refusal: Refusal, *, whole: bool) -> tuple[str, bytes, int, str]:
        topic = _text(refusal.topic.decode("utf-8", "backslashreplace"), _TOPIC_CHARACTERS)
        size = getattr(refusal.payload, "size", len(refusal.payload))
        end = None if whole or _is_defect(refusal) else self._settings.payload_bytes
        return topic, bytes(refusal.payload[:end]), size, _text(str(refusal.error), _REASON_CHARACTERS)

    async def _bound(self, connection: Connection, *, defects: bool) -> None:
        done = await connection.execute(self._sql["bound_rows"], self._settings.rows)
        self._count("other", done)
        if defects:
            done = await connection.execute(self._sql["bound_defects"], self._settings.defects_mib * _MIB)
            self._count(Reason.DEFECT, done)

    def _count(self, reason: str, done: str) -> None:
        if rows := int(done.rpartition(" ")[2]):
            self._dropped(reason, rows)


def _is_defect(refusal: Refusal) -> bool:
    return refusal.error.reason is Reason.DEFECT and not isinstance(refusal.payload, Oversized | Malformed)


def _text(text: str, longest: int) -> str:
    """Text that PostgreSQL accepts: no NUL, no lone surrogates, not too long."""
    clean = " ".join(text.replace("\0", "\\x00").split()).encode("utf-8", "backslashreplace").decode()
    return clean if len(clean) <= longest else f"{clean[: longest - 1]}…"
