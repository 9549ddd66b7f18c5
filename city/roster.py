"""The devices of the city's fleet: vehicles, staff with phones, sensors, and one edge box."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from wire import Kind

VEHICLES: Final = 200
PEOPLE: Final = 30
SENSORS: Final = 20

_VEHICLE_TYPES: Final = (
    ("sanitation", "环卫清扫车", 46),
    ("waste", "垃圾转运车", 30),
    ("patrol", "执法巡查车", 24),
    ("bus", "公交车", 44),
    ("taxi", "出租车", 40),
    ("works", "市政工程车", 16),
)
_PERSON_TYPES: Final = (("patrol", "巡查员", 18), ("cleaner", "保洁员", 12))
_SENSOR_TYPES: Final = (("tilt", "井盖倾斜传感器", 14), ("level", "水位传感器", 6))


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device of the fleet.

    Attributes:
        kind: vehicle, person or device.
        id: such as v001, p01, s01.
        type: what it is: sanitation, bus, patrol, tilt, level …
        name: Chinese, as painted on the door or in the staff list.
    """

    kind: Kind
    id: str
    type: str
    name: str

    @property
    def user(self) -> str:
        """Its user name on the broker."""
        return f"{self.kind}/{self.id}"


def roster(*, vehicles: int = VEHICLES, people: int = PEOPLE, sensors: int = SENSORS) -> tuple[Device, ...]:
    """The fleet. It is the same in every city; only its routes differ."""
    return (
        *_devices(Kind.VEHICLE, "v", 3, _VEHICLE_TYPES, vehicles),
        *_devices(Kind.PERSON, "p", 2, _PERSON_TYPES, people),
        *_devices(Kind.DEVICE, "s", 2, _SENSOR_TYPES, sensors),
    )


def _devices(
    kind: Kind, letter: str, digits: int, types: tuple[tuple[str, str, int], ...], count: int
) -> list[Device]:
    """Types in their proportions, mixed so that the first few devices have different types."""
    drawn = [(name, chinese) for name, chinese, share in types for _ in range(share)]
    random.Random(letter).shuffle(drawn)
    last: dict[str, int] = {}
    result = []
    for number in range(count):
        device_type, chinese = drawn[number % len(drawn)]
        last[device_type] = last.get(device_type, 0) + 1
        result.append(
            Device(
                kind=kind,
                id=f"{letter}{number + 1:0{digits}d}",
                type=device_type,
                name=f"{chinese}{last[device_type]:02d}",
            )
        )
    return result
