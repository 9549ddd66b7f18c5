"""The box's retained status: that it is online, and the state of each camera."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Final, Protocol

from edge.outbox import Level
from edge.state import State
from wire.codec import encode
from wire.messages import Status
from wire.topics import Stream

_LOOK_S: Final = 1.0
_AT_LEAST_EVERY_S: Final = 60.0
_FIRST_PAUSE_S: Final = 2.0
_LONGEST_PAUSE_S: Final = 32.0
_LONGEST_TEXT: Final = 300


class Publisher(Protocol):
    """The connection to the broker, as the status uses it."""

    async def connection(self) -> int:
        """Wait until connected; returns the number of the connection."""

    async def publish(self, stream: Stream, payload: bytes, *, retain: bool) -> bool:
        """Send a message at QoS 1."""


class StatusPacing:
    """Decides when to publish. Pure: the time is passed in.

    After a quiet time, a change is published at once. Frequent changes are collected for longer and longer,
    so a camera that comes and goes does not flood the broker. Changes of counts alone wait for the regular
    repetition.
    """

    def __init__(self) -> None:
        self._facts: dict[str, str] | None = None
        self._connection = 0
        self._published_s = 0.0
        self._pause_s = _FIRST_PAUSE_S

    def is_due(self, connection: int, facts: dict[str, str], now: float) -> bool:
        """Whether to publish now."""
        since_s = now - self._published_s
        if connection != self._connection or since_s >= _AT_LEAST_EVERY_S:
            return True
        return facts != self._facts and since_s >= self._pause_s

    def published(self, connection: int, facts: dict[str, str], now: float) -> None:
        """These facts have been published."""
        since_s = now - self._published_s
        quiet = self._facts is None or since_s >= 2 * self._pause_s
        if facts != self._facts:
            self._pause_s = _FIRST_PAUSE_S if quiet else min(_LONGEST_PAUSE_S, 2 * self._pause_s)
        self._facts, self._connection, self._published_s = facts, connection, now


class StatusReport:
    """Publishes the box's status whenever it changes.

    Args:
        name: of the box.
        cameras: id, state and reason of each camera.
        level: how full the outbox is.
        storage_fault: why the box's file takes nothing; None while it does.
        model: what is to be said of the detection model.
    """

    def __init__(
        self,
        *,
        name: str,
        cameras: Callable[[], Iterable[tuple[str, State, str]]],
        level: Callable[[], Level],
        storage_fault: Callable[[], str | None],
        model: Mapping[str, str],
    ) -> None:
        self._name = name
        self._cameras = cameras
        self._level = level
        self._storage_fault = storage_fault
        self._model = {name: text[:_LONGEST_TEXT] for name, text in model.items()}
        self._program = f"streetwarden-edge {_version()}"

    def will(self) -> Status:
        """The last will, which the broker publishes if the connection is lost."""
        cameras = {f"camera.{camera}": "offline" for camera, _, _ in self._cameras()}
        return Status(online=False, time=time.time(), program=self._program, detail=cameras)

    async def run(self, publisher: Publisher) -> None:
        """Publish on every connection, on changes, and every minute, until cancelled."""
        pacing = StatusPacing()
        while True:
            connection = await publisher.connection()
            facts = self._facts()
            if pacing.is_due(connection, facts, time.monotonic()):
                detail = facts | self._counts()
                status = Status(online=True, time=time.time(), program=self._program, detail=detail)
                if await publisher.publish(Stream.STATUS, encode(status), retain=True):
                    pacing.published(connection, facts, time.monotonic())
            await asyncio.sleep(_LOOK_S)

    async def publish_offline(self, publisher: Publisher) -> None:
        """Publish that the box stops normally."""
        await publisher.publish(Stream.STATUS, encode(self.will()), retain=True)

    def _facts(self) -> dict[str, str]:
        """Facts whose change is published."""
        fault = self._storage_fault()
        facts = {"storage": "ok" if fault is None else "failing"} | self._model
        if fault is not None:
            facts["storage.reason"] = fault[:_LONGEST_TEXT]
        if refused := self._level().refused:
            facts["refused"] = str(refused)
        if self._name:
            facts["name"] = self._name
        for camera, state, reason in self._cameras():
            facts[f"camera.{camera}"] = state.value
            if reason:
                facts[f"camera.{camera}.reason"] = reason[:_LONGEST_TEXT]
        return facts

    def _counts(self) -> dict[str, str]:
        """Counts, which are sent along but change too often to be published by themselves."""
        level = self._level()
        counts = {"outbox": str(level.messages)}
        if level.in_memory:
            counts["unstored"] = str(level.in_memory)
        return counts


def _version() -> str:
    try:
        return version("streetwarden")
    except PackageNotFoundError:
        return "(not installed)"
