"""Feeds damaged bytes to ingest's code, and checks that every message is accounted for."""

from __future__ import annotations

import contextlib
import os
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Final

import numpy as np

from bench.fuzz.damage import Damaged
from bench.fuzz.seeds import NOW, adapters
from ingest.batch import Batch
from ingest.broker_connection import read_control
from ingest.errors import ProtocolBrokenError, Reason
from ingest.fix_quality import LastFixes, flag_fixes
from ingest.inbox import Arrival
from ingest.interpret import interpret
from ingest.packets import Delivery, PacketReader, pubacks
from ingest.routes import Routes
from ingest.settings import Limits

_LARGEST: Final = 64 * 1024
_SENDERS: Final = 20_000
_PATIENCE_S: Final = 5.0


class UnaccountedError(Exception):
    """A message has no fate, or two."""


class HungError(BaseException):
    """Some bytes kept ingest busy for too long; not an `Exception`, which ingest would count as a defect."""


class _NoLink:
    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        pubacks(packet_id for _, _, packet_id in deliveries)

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Trial:
    """Feeds bytes through the steps of ingest: packets, topics, payloads, adapters, flags."""

    def __init__(self) -> None:
        self._limits = Limits()
        self._link = _NoLink()
        self._reader = PacketReader(largest=_LARGEST)
        self._forget()
        self.fates: Counter[str] = Counter()
        """Messages by outcome: accepted, ignored, or the class of their refusal."""
        self.dropped_connections = 0

    def feed(self, damaged: Damaged, pieces: Sequence[bytes]) -> None:
        """Process the bytes of one connection, or a part of them.

        Raises:
            UnaccountedError: a message is missing, or has two fates.
            HungError: it took too long.
        """
        deliveries: list[Delivery] = []
        with _in_time():
            try:
                for piece in pieces:
                    found, controls = self._reader.feed(piece)
                    deliveries += found
                    with _silent(when=bool(controls)):
                        for packet in controls:
                            read_control(packet)
            except ProtocolBrokenError:
                if damaged.publishes is not None:
                    raise UnaccountedError("packets with right lengths broke the connection") from None
                self.dropped_connections += 1
                self._reader = PacketReader(largest=_LARGEST)
            if (
                damaged.publishes is None
            ):  # the next bytes would belong to a packet of nobody knows what length
                self._reader = PacketReader(largest=_LARGEST)
            elif len(deliveries) != damaged.publishes:
                raise UnaccountedError(f"{damaged.publishes} messages sent, {len(deliveries)} found")
            if deliveries:
                self._account(self._interpret(deliveries))
        if len(self._routes.senders) > _SENDERS:
            self._forget()

    def _interpret(self, deliveries: list[Delivery]) -> Batch:
        arrival = Arrival(link=self._link, deliveries=deliveries, received_at=NOW)
        batch = interpret(arrival, self._routes, now=NOW, limits=self._limits)
        self._last_fixes.make_room(len(self._routes.senders))
        flag_fixes(batch.fixes, self._last_fixes, now=NOW, limits=self._limits)
        arrival.link.acknowledge(deliveries)
        return batch

    def _account(self, batch: Batch) -> None:
        told = set(batch.fixes.message.tolist())
        for items in (batch.telemetry, batch.statuses, batch.stills, batch.incidents):
            told |= {item.ordinal for item in items}
        refused = Counter(refusal.ordinal for refusal in batch.refusals if refusal.item is None)
        ignored = Counter(batch.ignored)
        everything = Counter(told) + refused + ignored
        if everything != Counter(range(len(batch.arrival.deliveries))):
            raise UnaccountedError(f"fates of a batch: {sorted(everything.items())}")
        if len(batch.routes) != len(batch.arrival.deliveries):
            raise UnaccountedError(f"{len(batch.routes)} routes for {len(batch.arrival.deliveries)} messages")
        fixes = batch.fixes
        if not (
            np.isfinite(fixes.lat).all() and np.isfinite(fixes.lon).all() and (np.abs(fixes.lat) <= 90).all()
        ):
            raise UnaccountedError("a fix without a place was accepted")
        for refusal in batch.refusals:
            if refusal.error.reason is Reason.DEFECT:
                raise UnaccountedError(f"our own fault: {refusal.error}")
            self.fates[refusal.error.reason] += 1
        self.fates["accepted"] += len(told)
        self.fates["ignored"] += len(ignored)

    def _forget(self) -> None:
        self._routes = Routes(adapters())
        self._last_fixes = LastFixes()


@contextlib.contextmanager
def _silent(*, when: bool) -> Iterator[None]:
    """The codec of control packets is written in Rust, and writes each of its panics to stderr itself."""
    if not when:
        yield
        return
    ours, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(ours, 2)
        os.close(ours)
        os.close(nowhere)


@contextlib.contextmanager
def _in_time() -> Iterator[None]:
    def hung(_number: int, _frame: FrameType | None) -> None:
        raise HungError(f"still busy after {_PATIENCE_S:.0f} s")

    before = signal.signal(signal.SIGALRM, hung)
    signal.setitimer(signal.ITIMER_REAL, _PATIENCE_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
