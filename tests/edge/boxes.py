"""The box's file and its messages, for tests without the program."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from edge.outbox import Outbox
from edge.storage import Storage
from edge.worker import Clock
from wire import Incident, Phase, Picture, PictureRole, Stream, decode

MIB: Final = 1024 * 1024


def incident(*, revision: int = 1, picture_bytes: int = 0, identity: uuid.UUID | None = None) -> Incident:
    """An incident message with a picture of a given size."""
    now = time.time()
    pictures = [Picture(role=PictureRole.FINDING, taken_at=now, jpeg=bytes(picture_bytes))]
    return Incident(
        incident_id=identity or uuid.uuid4(),
        revision=revision,
        phase=Phase.BEGUN if revision == 1 else Phase.ENDED,
        type="goods",
        observed_at=now,
        began_at=now,
        lat=24.9,
        lon=118.6,
        camera="c1",
        zone="kerb",
        pictures=pictures if picture_bytes else [],
    )


def outbox_of(
    storage: Storage,
    *,
    max_messages: int = 1000,
    max_bytes: int = 64 * MIB,
    max_memory_bytes: int = 32 * MIB,
    max_refused: int = 3,
    clock: Clock = time.monotonic,
    wall: Clock = time.time,
) -> Outbox:
    """An outbox in a file that is not open yet."""
    return Outbox(
        storage,
        max_messages=max_messages,
        max_bytes=max_bytes,
        max_memory_bytes=max_memory_bytes,
        max_refused=max_refused,
        clock=clock,
        wall=wall,
    )


@contextmanager
def opened(
    path: Path,
    *,
    max_messages: int = 1000,
    max_bytes: int = 64 * MIB,
    max_memory_bytes: int = 32 * MIB,
    max_refused: int = 3,
) -> Iterator[tuple[Storage, Outbox]]:
    """The file and its outbox, while no program uses it."""
    storage = Storage(path)
    outbox = outbox_of(
        storage,
        max_messages=max_messages,
        max_bytes=max_bytes,
        max_memory_bytes=max_memory_bytes,
        max_refused=max_refused,
    )
    storage.start()
    try:
        yield storage, outbox
    finally:
        storage.close(10)


def fill(path: Path, messages: list[Incident]) -> None:
    """Leave messages in a box's file, as an earlier run of its program would have."""
    with opened(path) as (storage, outbox):
        for message in messages:
            outbox.add(message)
        assert storage.flush(10)


def content(outbox: Outbox) -> list[Incident]:
    """The waiting messages, in order."""
    found = []
    for key in outbox.first(1_000_000):
        payload = outbox.payload(key)
        assert payload is not None
        message = decode(Stream.INCIDENT, payload)
        assert isinstance(message, Incident)
        found.append(message)
    return found


def keys(messages: list[Incident]) -> list[tuple[str, int]]:
    return [(str(message.incident_id), message.revision) for message in messages]
