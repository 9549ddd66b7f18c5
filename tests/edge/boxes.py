"""The box's file and what is in it, for tests that need no program."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from edge.box_file import BoxFile
from edge.outbox import Outbox
from wire import Incident, Phase, Picture, PictureRole

MIB: Final = 1024 * 1024


def incident(*, revision: int = 1, picture_bytes: int = 0, identity: uuid.UUID | None = None) -> Incident:
    """An incident message with a picture of so many bytes."""
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


def outbox_of(file: BoxFile, *, messages: int = 1000, size: int = 64 * MIB, refused: int = 3) -> Outbox:
    return Outbox(file, messages=messages, size=size, refused=refused, clock=time.time)


@contextmanager
def opened(path: Path) -> Iterator[BoxFile]:
    """The file, while no program has it."""
    file = BoxFile(path)
    try:
        yield file
    finally:
        file.close()


def fill(path: Path, messages: list[Incident]) -> None:
    """Leave messages in a box's file, as an earlier run of its program would have."""
    with opened(path) as file:
        outbox = outbox_of(file)
        for message in messages:
            with file.transaction() as connection:
                outbox.add(connection, message)


def keys(messages: list[Incident]) -> list[tuple[str, int]]:
    return [(str(message.incident_id), message.revision) for message in messages]
