"""The box's retained status: that it is there, and how each of its cameras is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Final, Protocol

from edge.outbox import Level
from edge.state import State
from wire.codec import encode
from wire.messages import Status
from wire.topics import Stream

_LOOK_S: Final = 1.0
_AT_LEAST_EVERY_S: Final = 60.0
_LONGEST_TEXT: Final = 300


class Publisher(Protocol):
    """The connection to the broker, as far as the status needs it."""

    async def connection(self) -> int:
        """Wait until connected; the number of the connection."""

    async def publish(self, stream: Stream, payload: bytes, *, retain: bool) -> bool:
        """Hand over a message at QoS 1."""


class StatusReport:
    """Says how the box is whenever that changes.

    Args:
        name: of the box.
        cameras: id, state and reason of each camera.
        level: how full the outbox is.
    """

    def __init__(
        self,
        *,
        name: str,
        cameras: Callable[[], Iterable[tuple[str, State, str]]],
        level: Callable[[], Level],
    ) -> None:
        self._name = name
        self._cameras = cameras
        self._level = level
        self._program = f"streetwarden-edge {_version()}"

    def will(self) -> Status:
        """What the broker is to say when we vanish: nobody watches these cameras now."""
        cameras = {f"camera.{camera}": "offline" for camera, _, _ in self._cameras()}
        return Status(online=False, time=time.time(), program=self._program, detail=cameras)

    async def run(self, publisher: Publisher) -> None:
        """Publish on every connection and on every change, until cancelled."""
        said: tuple[int, dict[str, str]] | None = None
        said_s = 0.0
        while True:
            current = await publisher.connection()
            now = (current, await asyncio.to_thread(self._detail))
            if now != said or time.monotonic() - said_s >= _AT_LEAST_EVERY_S:
                status = Status(online=True, time=time.time(), program=self._program, detail=now[1])
                if await publisher.publish(Stream.STATUS, encode(status), retain=True):
                    said, said_s = now, time.monotonic()
            await asyncio.sleep(_LOOK_S)

    async def say_goodbye(self, publisher: Publisher) -> None:
        """Say that the box goes, of its own will."""
        await publisher.publish(Stream.STATUS, encode(self.will()), retain=True)

    def _detail(self) -> dict[str, str]:
        level = self._level()
        detail = {"outbox": str(level.messages)}
        if self._name:
            detail["name"] = self._name
        if level.refused:
            detail["refused"] = str(level.refused)
        for camera, state, reason in self._cameras():
            detail[f"camera.{camera}"] = state.value
            if reason:
                detail[f"camera.{camera}.reason"] = reason[:_LONGEST_TEXT]
        return detail


def _version() -> str:
    try:
        return version("streetwarden")
    except PackageNotFoundError:
        return "(not installed)"
