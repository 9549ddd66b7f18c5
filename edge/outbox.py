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

CLOCK_SET_S: Final = 1_735_689_600.0
"""2025-01-01, seconds since the epoch. A clock with an earlier time was never set."""

_WITHOUT_PICTURES_BYTES: Final = 2048
"""Bytes, about the size of a message without pictures; assumed for messages of an earlier run."""
_STORED_WITHIN_S: Final = 3.0
"""Seconds. A message that waits longer for the disk is sent from memory."""
_READ_S: Final = 5.0
_READ_FAILING_S: Final = 0.5
_UNREADABLE_S: Final = 30.0


@dataclass(slots=True, kw_only=True)
class _Entry:
    """A message that waits.

    Attributes:
        made_s: when it was made, on the monotonic clock.
        made_at: when it was made, seconds since the epoch.
        size: size of the payload, bytes.
        bare_size: size of the payload without pictures, bytes.
        pictures: number of pictures.
        payload: None once it is stored.
        stored: whether the box's file has had it.
        unreadable_until_s: time of the next attempt to read it from the file.
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
        size: of their payloads together, bytes.
        oldest_s: age of the oldest waiting message, seconds; 0 if none waits.
        refused: number of stored messages that the centre refused.
        in_memory: waiting messages that are not on the disk.
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
        messages: maximum number of waiting messages.
        size: maximum size of the waiting payloads, bytes.
        memory: maximum size of payloads in memory while the file accepts no writes, bytes.
        refused: maximum number of refused messages that are kept.
        clock: monotonic seconds.
        wall: seconds since the epoch.
    """

    def __init__(
        self,
        storage: Storage,
        *,
        messages: int,
        size: int,
        memory: int,
        refused: int,
        clock: Clock = time.monotonic,
        wall: Clock = time.time,
    ) -> None:
        self._storage = storage
        self._messages = messages
        self._size = size
        self._memory = memory
        self._refused = refused
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

    def on_new(self, listener: Callable[[], object]) -> None:
        """Register a listener that is called, from any thread, when there is something to send."""
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

        A message from before the machine's clock was set waits until it is; then its times are corrected.
        """
        found: list[MessageKey] = []
        with self._lock:
            now = self._clock()
            failing = self._storage.fault() is not None
            clock_is_set = self._wall() >= CLOCK_SET_S
            for key, entry in self._entries.items():
                if len(found) == count:
                    break
                if entry.made_at < CLOCK_SET_S and not clock_is_set:
                    continue
                if entry.payload is None:
                    if now >= entry.unreadable_until_s:
                        found.append(key)
                elif failing or now - entry.made_s >= _STORED_WITHIN_S:
                    found.append(key)
                else:  # about to be stored
                    break
        return found

    def payload(self, key: MessageKey) -> bytes | None:
        """The payload; None if it was deleted or cannot be read now. Reads the disk: may take seconds."""
        with self._lock:
            entry = self._entries.get(key)
        if entry is None:
            return None
        payload = entry.payload or self._read(key, entry)
        if payload is None or entry.made_at >= CLOCK_SET_S:
            return payload
        made_at = self._wall() - (self._clock() - entry.made_s)
        return outbox_rows.moved(payload, made_at - entry.made_at)

    def _read(self, key: MessageKey, entry: _Entry) -> bytes | None:
        try:
            timeout_s = _READ_S if self._storage.fault() is None else _READ_FAILING_S
            payload = self._storage.read(partial(outbox_rows.payload_of, key=key), timeout_s=timeout_s)
        except StorageError:
            entry.unreadable_until_s = self._clock() + _UNREADABLE_S
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
        """Delete a received message, or move a refused one; returns whether it was waiting."""
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
                    most=self._refused,
                )
                self._storage.put({row_key(key): keep})
                self._refused_count = min(self._refused, self._refused_count + 1)
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
            timeout_s=_READ_S,
        )
        return [(UUID(incident_id), revision, reason) for incident_id, revision, reason in rows]

    def _load(self, connection: sqlite3.Connection) -> None:
        """Take over the rows of the file; runs in the storage's thread, before anything is written."""
        rows = connection.execute(
            "SELECT incident_id, revision, made_at, pictures, length(payload) FROM outbox ORDER BY seq"
        ).fetchall()
        (refused,) = connection.execute("SELECT count(*) FROM refused").fetchone()
        now_s, now_at = self._clock(), self._wall()
        with self._lock:
            self._refused_count = max(self._refused_count, refused)
            there = {(identity, revision) for identity, revision, *_ in rows}
            older: dict[MessageKey, _Entry] = {}
            for identity, revision, made_at, pictures, size in rows:
                key = (identity, revision)
                if key in self._entries or self._storage.waits(row_key(key)):
                    continue
                age_s = max(0.0, now_at - made_at) if made_at >= CLOCK_SET_S else 0.0
                older[key] = _Entry(
                    made_s=now_s - age_s,
                    made_at=made_at,
                    size=size,
                    bare_size=min(size, _WITHOUT_PICTURES_BYTES),
                    pictures=pictures,
                    stored=True,
                )
            lost = [key for key, each in self._entries.items() if each.payload is None and key not in there]
            for key in lost:
                del self._entries[key]
            self.given_up += len(lost)
            self._entries = {**older, **self._entries}
        if lost:
            log.error("%s waiting messages were lost with the damaged file", len(lost))

    def _stored(self, rows: set[RowKey]) -> None:
        """These rows are in the file; their payloads are removed from memory."""
        with self._lock:
            for table, text in rows:
                entry = self._entries.get(outbox_rows.message_key(text)) if table == "outbox" else None
                if entry is not None and not self._storage.waits((table, text)):
                    entry.stored, entry.payload = True, None
        self._listener()

    def _make_room(self) -> None:
        """Delete the pictures of the oldest messages first, and whole messages only if that is not enough.

        Payloads in memory have a limit of their own; it is kept in the same way.
        """
        held = [key for key, entry in self._entries.items() if entry.payload is not None]
        self._shrink(held, self._memory)
        self._shrink(list(self._entries), self._size)
        for key in list(self._entries)[: max(0, len(self._entries) - self._messages)]:
            self._give_up(key)

    def _shrink(self, keys: list[MessageKey], most: int) -> None:
        size = sum(self._entries[key].size for key in keys)
        for key in keys:
            if size <= most:
                return
            entry = self._entries[key]
            if entry.pictures:
                size -= entry.size - entry.bare_size
                self._strip(key, entry)
        for key in keys[:-1]:
            if size <= most:
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
