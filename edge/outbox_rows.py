"""The rows of waiting and refused messages in the box's file, and changes to a message's JSON.

A change contains its whole row, so it can be repeated, or can replace an earlier one that was never made.
"""

from __future__ import annotations

import sqlite3
from typing import Final

import msgspec

from edge.box_file import Change
from edge.storage import RowKey

MessageKey = tuple[str, int]
"""Incident and revision."""

_INSERT: Final = (
    "INSERT OR REPLACE INTO outbox (incident_id, revision, made_at, pictures, payload) VALUES (?, ?, ?, ?, ?)"
)
_DELETE: Final = "DELETE FROM outbox WHERE incident_id = ? AND revision = ?"
_KEEP_REFUSED: Final = (
    "INSERT INTO refused (incident_id, revision, refused_at, reason, payload) VALUES (?, ?, ?, ?, ?)"
)
_TRIM_REFUSED: Final = (
    "DELETE FROM refused WHERE seq NOT IN (SELECT seq FROM refused ORDER BY seq DESC LIMIT ?)"
)


def row_key(key: MessageKey) -> RowKey:
    """The key of a message's row."""
    return "outbox", f"{key[0]} {key[1]}"


def message_key(text: str) -> MessageKey:
    """The message of a row's key."""
    identity, _, revision = text.partition(" ")
    return identity, int(revision)


def insert(key: MessageKey, *, made_at: float, pictures: int, payload: bytes | None) -> Change:
    """Keep a message."""
    values = (*key, made_at, pictures, payload)
    return lambda connection: connection.execute(_INSERT, values)


def delete(connection: sqlite3.Connection, *, key: MessageKey) -> None:
    """Forget a message."""
    connection.execute(_DELETE, key)


def payload_of(connection: sqlite3.Connection, *, key: MessageKey) -> bytes | None:
    """A message as it is sent; None if there is no such row."""
    row = connection.execute(
        "SELECT payload FROM outbox WHERE incident_id = ? AND revision = ?", key
    ).fetchone()
    return row[0] if row is not None else None


def refuse(
    connection: sqlite3.Connection,
    *,
    key: MessageKey,
    held: bytes | None,
    at: float,
    reason: str,
    maximum: int,
) -> None:
    """Move a message to the refused ones; only the newest of them are kept."""
    payload = payload_of(connection, key=key) or held
    if payload is not None:
        connection.execute(_KEEP_REFUSED, (*key, at, reason, payload))
        connection.execute(_TRIM_REFUSED, (maximum,))
    connection.execute(_DELETE, key)


def strip_stored(connection: sqlite3.Connection, *, key: MessageKey) -> None:
    """Remove the pictures from a stored message."""
    payload = payload_of(connection, key=key)
    if payload is not None:
        connection.execute(
            "UPDATE outbox SET payload = ?, pictures = 0 WHERE incident_id = ? AND revision = ?",
            (without_pictures(payload), *key),
        )


def without_pictures(payload: bytes) -> bytes:
    """A message without its pictures."""
    message = msgspec.json.decode(payload)
    message.pop("pictures", None)
    return msgspec.json.encode(message)


def moved(payload: bytes, seconds: float) -> bytes:
    """A message with all its times shifted by some seconds."""
    message = msgspec.json.decode(payload)
    for name in ("observed_at", "began_at"):
        message[name] += seconds
    for picture in message.get("pictures", ()):
        picture["taken_at"] += seconds
    return msgspec.json.encode(message)
