"""One device of the fleet: `step` gets the time that has passed, and returns the messages to publish."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

from city.fleet import graph as graph_of
from city.fleet import receiver, sensors
from city.fleet.receiver import Receiver
from city.fleet.sensors import Mounting, Sensor
from city.fleet.travel import JOURNEYS, ON_FOOT, Traveller
from city.roster import Device
from wire import Kind, Position, Stream, Telemetry
from wire.codec import Payload

FIX_EVERY_S: Final = 2.0
READ_EVERY_S: Final = 10.0
_PLACE_EVERY_READINGS: Final = 30

Said = list[tuple[Stream, Payload]]


class Unit(Protocol):
    """A device that publishes at an interval."""

    device: Device
    every_s: float

    def step(self, now: float) -> Said:
        """Let `every_s` pass; `now` (epoch seconds) is only used as the time in messages."""
        ...

    def facts(self) -> dict[str, str]:
        """The facts in its status."""
        ...


@dataclass(slots=True, kw_only=True)
class Mobile:
    """A vehicle or a staff phone."""

    device: Device
    traveller: Traveller
    receiver: Receiver
    every_s: float = FIX_EVERY_S

    def step(self, now: float) -> Said:
        """Move, and report."""
        truth = self.traveller.step(self.every_s)
        fixes = self.receiver.report(truth, now=now, after_s=self.every_s)
        if not fixes:
            return []
        message: Position | list[Position] = fixes[0] if len(fixes) == 1 else fixes
        return [(Stream.POSITION, message)]

    def facts(self) -> dict[str, str]:
        """Its type and name."""
        return {"type": self.device.type, "name": self.device.name}


@dataclass(slots=True, kw_only=True)
class Fixed:
    """A sensor. It publishes its place at intervals, to appear on the map."""

    device: Device
    sensor: Sensor
    mounting: Mounting
    every_s: float = READ_EVERY_S
    _readings: int = 0

    def step(self, now: float) -> Said:
        """Measure."""
        said: Said = []
        if self._readings % _PLACE_EVERY_READINGS == 0:
            place = Position(time=round(now, 3), lat=self.mounting.lat, lon=self.mounting.lon, accuracy_m=1.0)
            said.append((Stream.POSITION, place))
        self._readings += 1
        said.append((Stream.TELEMETRY, Telemetry(time=round(now, 3), values=self.sensor.step(self.every_s))))
        return said

    def facts(self) -> dict[str, str]:
        """Its type, name and component."""
        return {"type": self.device.type, "name": self.device.name, "component": self.mounting.component}


def units(city: Path, devices: tuple[Device, ...], seed: int) -> list[Unit]:
    """Make every device of the fleet, each with its own random source.

    Raises:
        CityError: a layer of the city folder is missing.
    """
    streets = graph_of.load(city)
    places: dict[str, list[Mounting]] = {
        "tilt": sensors.mountings(city, "0102"),
        "level": sensors.mountings(city, "0103"),
    }
    choice = random.Random(f"{seed}/mountings")
    result: list[Unit] = []
    lifted = False
    for device in devices:
        own = random.Random(f"{seed}/{device.id}")
        if device.kind is Kind.DEVICE:
            kind: Literal["tilt", "level"] = "tilt" if device.type == "tilt" else "level"
            lifts = kind == "tilt" and not lifted
            lifted = lifted or lifts
            mounting = choice.choice(places[kind])
            result.append(Fixed(device=device, sensor=Sensor(kind, own, lifted=lifts), mounting=mounting))
            continue
        walks = device.kind is Kind.PERSON
        traveller = Traveller(streets, ON_FOOT if walks else JOURNEYS[device.type], own)
        fixes = Receiver(receiver.PHONE if walks else receiver.VEHICLE, own, ignition=not walks)
        result.append(Mobile(device=device, traveller=traveller, receiver=fixes))
    return result
