"""The messages of a chaos run: fixes, telemetry, invalid messages of many vehicles, whose clocks may step."""

from __future__ import annotations

import random
from typing import Final

from bench.account import Key, Ledger
from bench.fleet import Message

DISTRICT: Final = "350582"
CLOCK_STEPS_S: Final = (600.0, -600.0, 7200.0, -3 * 86_400.0, 2 * 86_400.0)
"""Ahead and behind by ten minutes, into the flagged future, days behind, and too far ahead to be stored."""

_QUARANTINED_AHEAD_S: Final = 86_400.0


class Traffic:
    """Makes messages, each with a key of its own, and writes them into the ledger.

    Args:
        ledger: records the messages.
        vehicles: their number.
        seed: of the messages.
    """

    def __init__(self, ledger: Ledger, *, vehicles: int, seed: int) -> None:
        self.vehicles = vehicles
        self._ledger = ledger
        self._chance = random.Random(seed)
        self._ahead_s = [0.0] * vehicles
        self._made = 0

    def step_clock(self, vehicle: int, ahead_s: float) -> None:
        """Set this vehicle's clock ahead of the right time."""
        self._ahead_s[vehicle] = ahead_s

    def make(self, count: int, now: float) -> list[tuple[int, Message]]:
        """A number of messages, each with its vehicle."""
        return [self._one(now) for _ in range(count)]

    def flood(self, name: str, count: int, now: float) -> list[Message]:
        """A number of fixes of one entity at once, of the last seconds."""
        messages: list[Message] = []
        for number in range(count):
            time_us = round((now - number * 0.002) * 1e6)
            key: Key = ("position", name, time_us)
            if key in self._ledger.sent:
                continue
            payload = b'{"time":%d.%06d,"lat":24.8,"lon":118.5}' % divmod(time_us, 1_000_000)
            message = (f"sw/1/{DISTRICT}/{name}/position", payload)
            self._ledger.keys[message] = key
            self._ledger.sent.add(key)
            messages.append(message)
        return messages[::-1]

    def _one(self, now: float) -> tuple[int, Message]:
        vehicle = self._made % self.vehicles
        self._made += 1
        ahead_s = self._ahead_s[vehicle]
        time_us = round((now + ahead_s) * 1e6)
        stream = self._chance.choices(("position", "telemetry", "nonsense"), (0.88, 0.1, 0.02))[0]
        name = f"vehicle/v{vehicle:04d}"
        key: Key = (stream, name, time_us)
        while key in self._ledger.sent:
            time_us += 1
            key = (stream, name, time_us)
        moment = b"%d.%06d" % divmod(time_us, 1_000_000)
        if stream == "position":
            lat = 24.9 + vehicle * 1e-4 + (self._made // self.vehicles % 1000) * 1e-6
            payload = b'{"time":%b,"lat":%.6f,"lon":118.6}' % (moment, lat)
        elif stream == "telemetry":
            payload = b'{"time":%b,"values":{"tilt_deg":%.2f}}' % (moment, vehicle / 100)
        else:
            payload = b'{"time":%b,"lat":"%d"}' % (moment, self._made)
        topic = f"sw/1/{DISTRICT}/{name}/{'position' if stream == 'nonsense' else stream}"
        message = (topic, payload)
        self._ledger.keys[message] = key
        self._ledger.sent.add(key)
        if stream == "nonsense" or ahead_s >= _QUARANTINED_AHEAD_S:
            self._ledger.refusable[payload] = key
        return vehicle, message
