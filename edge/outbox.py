"""Incident messages that wait for the centre's receipt, in the order of their creation.

Order and sizes are in memory, so counting and choosing need no disk. A payload is in memory until the box's
file has it, and in the file from then on. While the file accepts no writes, messages are sent from memory.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

import msgspec

from edge import outbox_rows
from edge.box_file import Change
from edge.errors import StorageError
from edge.outbox_rows import MessageKey, row_key
from edge.storage import RowKey, Storage
from edge.worker import Clock
from wire.codec import encode
from wire.messages import Incident, Receipt, ReceiptOutcome

log = logging.getLogger(__name__)

EARLIEST_VALID_AT: Final = 1_735_689_600.0
"""2025-01-01, seconds since the epoch. A clock that shows an earlier time has not been set."""

_WITHOUT_PICTURES_BYTES: Final = 2048
"""Bytes. Assumed size without pictures of a message that an earlier run has stored; its payload is not read
when the file is opened."""
_STORED_WITHIN_S: Final = 3.0
"""Seconds. A message that waits longer for the disk is sent from memory."""
_READ_TIMEOUT_S: Final = 5.0
_READ_TIMEOUT_WHILE_FAILING_S: Final = 0.5
"""Seconds, while the file accepts no writes."""
_READ_AGAIN_AFTER_S: Final = 30.0
"""Seconds until a payload that could not be read is read again."""


@dataclass(slots=True, kw_only=True)
class _Entry:
    """A message that waits.

    Attributes:
        made_s: when it was made, seconds on the monotonic clock.
        made_at: when it was made, seconds since the epoch.
        size: size of the payload, bytes.
        bare_size: size of the payload without pictures, bytes.
        pictures: number of pictures.
        payload: the encoded message; None once the box's file contains it.
        stored: whether the box's file contains it.
        unreadable_until_s: after a failed read, the time of the next one, seconds on the monotonic clock.
    """

    made_s: float
    made_at: float
    size: int
    bare_size: int
    pictures: int
    payload: bytes | None = None
    stored: bool = False
    unreadable_until_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The fill level of the outbox.

    Attributes:
        messages: number of waiting messages.
        size: size of the payloads of all waiting messages together, bytes.
        oldest_s: age of the oldest waiting message, seconds; 0 if none waits.
        refused: number of messages that the centre refused and the box's file still contains.
        in_memory: number of waiting messages that are not on the disk.
    """

    messages: int
    size: int
    oldest_s: float
    refused: int
    in_memory: int


class Outbox:
    """The queue. Safe for all threads.

    Args:
        storage: the box's file.
        max_messages: maximum number of waiting messages.
        max_bytes: maximum size of the payloads of all waiting messages together.
        max_memory_bytes: maximum size of the payloads together that are in memory because the file does not
            have them yet.
        max_refused: maximum number of refused messages that are kept.
        clock: monotonic seconds.
        wall: seconds since the epoch.
    """

    def __init__(
        self,
        storage: Storage,
        *,
        max_messages: int,
        max_bytes: int,
        max_memory_bytes: int,
        max_refused: int,
        clock: Clock = time.monotonic,
        wall: Clock = time.time,
    ) -> None:
        self._storage = storage
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._max_memory_bytes = max_memory_bytes
        self._max_refused = max_refused
        self._clock = clock
        self._wall = wall
        self._lock = threading.RLock()
        self._entries: dict[MessageKey, _Entry] = {}
        self._refused_count = 0
        self._listener: Callable[[], object] = lambda: None
        self.given_up = 0
        """Messages dropped because there was no room, or because the file that held them was damaged."""
        self.stripped = 0
        """Messages that lost their pictures because there was no room."""
        storage.on_open(self._load)
        storage.on_stored(self._stored)

    def on_change(self, listener: Callable[[], object]) -> None:
        """Register a listener that is called, in the storage's thread, after each write and each failed one.

        Messages may then have become ready to send; see `first`.
        """
        self._listener = listener

    def add(self, incident: Incident, *, together_with: Mapping[RowKey, Change] | None = None) -> None:
        """Add a message; makes room first if necessary.

        Args:
            incident: the message.
            together_with: changes of the box's file in the same transaction.
        """
        payload = encode(incident)
        key = (str(incident.incident_id), incident.revision)
        entry = _Entry(
            made_s=self._clock(),
            made_at=self._wall(),
            size=len(payload),
            bare_size=len(encode(msgspec.structs.replace(incident, pictures=[]))),
            pictures=len(incident.pictures),
            payload=payload,
        )
        with self._lock:
            self._entries.pop(key, None)
            self._entries[key] = entry
            self._storage.put({row_key(key): _insert(key, entry), **(together_with or {})})
            self._make_room()

    def first(self, count: int) -> list[MessageKey]:
        """The oldest messages that can be sent: stored ones, and those that the disk does not accept.

        A message that was made before the machine's clock was set waits until the clock is set; `payload`
        then corrects its times.
        """
        found: list[MessageKey] = []
        with self._lock:
            now = self._clock()
            failing = self._storage.fault() is not None
            clock_is_set = self._wall() >= EARLIEST_VALID_AT
            for key, entry in self._entries.items():
                if len(found) == count:
                    break
                if entry.made_at < EARLIEST_VALID_AT and not clock_is_set:
                    continue
                if entry.payload is None:
                    if now >= entry.unreadable_until_s:
                        found.append(key)
                elif failing or now - entry.made_s >= _STORED_WITHIN_S:
                    found.append(key)
                else:  # about to be stored; later messages wait too, which keeps the order
                    break
        return found

    def payload(self, key: MessageKey) -> bytes | None:
        """The payload; None if the message was deleted, or cannot be read now.

        If the payload is not in memory, it is read from the disk, which may take seconds.
        """
        with self._lock:
            entry = self._entries.get(key)
        if entry is None:
            return None
        payload = entry.payload or self._read(key, entry)
        if payload is None or entry.made_at >= EARLIEST_VALID_AT:
            return payload
        made_at = self._wall() - (self._clock() - entry.made_s)
        return outbox_rows.moved(payload, made_at - entry.made_at)

    def _read(self, key: MessageKey, entry: _Entry) -> bytes | None:
        try:
            timeout_s = _READ_TIMEOUT_S if self._storage.fault() is None else _READ_TIMEOUT_WHILE_FAILING_S
            payload = self._storage.read(partial(outbox_rows.payload_of, key=key), timeout_s=timeout_s)
        except StorageError:
            entry.unreadable_until_s = self._clock() + _READ_AGAIN_AFTER_S
            return None
        if payload is None:
            with self._lock:
                if self._entries.get(key) is entry and entry.payload is None:
                    log.error(
                        "revision %s of incident %s has gone from %s", key[1], key[0], self._storage.path
                    )
                    del self._entries[key]
                    self.given_up += 1
        return payload

    def settle(self, receipt: Receipt) -> bool:
        """Delete the message that the centre has stored, or move it to the refused ones.

        Returns:
            Whether the message was waiting.
        """
        if receipt.revision is None:
            return False
        key = (str(receipt.incident_id), receipt.revision)
        with self._lock:
            entry = self._entries.pop(key, None)
            if entry is None:
                return False
            if receipt.outcome is ReceiptOutcome.REFUSED:
                reason = receipt.reason or "no reason given"
                keep = partial(
                    outbox_rows.refuse,
                    key=key,
                    held=entry.payload,
                    at=self._wall(),
                    reason=reason,
                    maximum=self._max_refused,
                )
                self._storage.put({row_key(key): keep})
                self._refused_count = min(self._max_refused, self._refused_count + 1)
            else:
                self._storage.put({row_key(key): partial(outbox_rows.delete, key=key)})
            return True

    def level(self) -> Level:
        """The fill level. Does not read the disk."""
        with self._lock:
            oldest = next(iter(self._entries.values()), None)
            return Level(
                messages=len(self._entries),
                size=sum(entry.size for entry in self._entries.values()),
                oldest_s=max(0.0, self._clock() - oldest.made_s) if oldest is not None else 0.0,
                refused=self._refused_count,
                in_memory=sum(not entry.stored for entry in self._entries.values()),
            )

    def refusals(self) -> list[tuple[UUID, int, str]]:
        """Incident, revision and reason of refused messages, newest first.

        Raises:
            StorageError: the file cannot be read.
        """
        rows = self._storage.read(
            lambda connection: connection.execute(
                "SELECT incident_id, revision, reason FROM refused ORDER BY seq DESC"
            ).fetchall(),
            timeout_s=_READ_TIMEOUT_S,
        )
        return [(UUID(incident_id), revision, reason) for incident_id, revision, reason in rows]

    def _load(self, connection: sqlite3.Connection) -> None:
        """Add the messages that are in the file; runs in the storage's thread, before anything is written."""
        rows = connection.execute(
            "SELECT incident_id, revision, made_at, pictures, length(payload) FROM outbox ORDER BY seq"
        ).fetchall()
        (refused,) = connection.execute("SELECT count(*) FROM refused").fetchone()
        now_s, now_at = self._clock(), self._wall()
        with self._lock:
            self._refused_count = max(self._refused_count, refused)
            in_file = {(identity, revision) for identity, revision, *_ in rows}
            older: dict[MessageKey, _Entry] = {}
            for identity, revision, made_at, pictures, size in rows:
                key = (identity, revision)
                if key in self._entries or self._storage.is_pending(row_key(key)):
                    continue
                age_s = max(0.0, now_at - made_at) if made_at >= EARLIEST_VALID_AT else 0.0
                older[key] = _Entry(
                    made_s=now_s - age_s,
                    made_at=made_at,
                    size=size,
                    bare_size=min(size, _WITHOUT_PICTURES_BYTES),
                    pictures=pictures,
                    stored=True,
                )
            lost = [key for key, each in self._entries.items() if each.payload is None and key not in in_file]
            for key in lost:
                del self._entries[key]
            self.given_up += len(lost)
            self._entries = {**older, **self._entries}
        if lost:
            log.error("%s waiting messages were lost with the damaged file", len(lost))

    def _stored(self, rows: set[RowKey]) -> None:
        """Remove the payloads of messages that are now in the file from memory."""
        with self._lock:
            for table, text in rows:
                entry = self._entries.get(outbox_rows.message_key(text)) if table == "outbox" else None
                if entry is not None and not self._storage.is_pending((table, text)):
                    entry.stored, entry.payload = True, None
        self._listener()

    def _make_room(self) -> None:
        """Delete from the oldest messages until no maximum is exceeded.

        If payloads are too large together, first those in memory, then all: pictures are deleted, and if that
        is not enough, whole messages, but never the newest. If messages are too many, whole messages.
        """
        in_memory = [key for key, entry in self._entries.items() if entry.payload is not None]
        self._shrink(in_memory, self._max_memory_bytes)
        self._shrink(list(self._entries), self._max_bytes)
        for key in list(self._entries)[: max(0, len(self._entries) - self._max_messages)]:
            self._give_up(key)

    def _shrink(self, keys: list[MessageKey], max_bytes: int) -> None:
        size = sum(self._entries[key].size for key in keys)
        for key in keys:
            if size <= max_bytes:
                return
            entry = self._entries[key]
            if entry.pictures:
                size -= entry.size - entry.bare_size
                self._strip(key, entry)
        for key in keys[:-1]:
            if size <= max_bytes:
                return
            size -= self._entries[key].size
            self._give_up(key)

    def _strip(self, key: MessageKey, entry: _Entry) -> None:
        entry.size, entry.pictures = entry.bare_size, 0
        if entry.payload is not None:
            entry.payload = outbox_rows.without_pictures(entry.payload)
            self._storage.put({row_key(key): _insert(key, entry)})
        else:
            self._storage.put({row_key(key): partial(outbox_rows.strip_stored, key=key)})
        self.stripped += 1

    def _give_up(self, key: MessageKey) -> None:
        del self._entries[key]
        self._storage.put({row_key(key): partial(outbox_rows.delete, key=key)})
        self.given_up += 1
        if self.given_up == 1:
            log.error(
                "there is no room for more incidents: the oldest are deleted; find out why no receipts "
                "come or why the disk accepts no writes, or raise outbox.messages, outbox.mib and "
                "outbox.memory_mib"
            )


def _insert(key: MessageKey, entry: _Entry) -> Change:
    return outbox_rows.insert(key, made_at=entry.made_at, pictures=entry.pictures, payload=entry.payload)
