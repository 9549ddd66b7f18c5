"""Sensors on covers and drains: tilt of a cover that may be lifted, and a water level."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from city.errors import CityError

_LIFTED_AT_S: Final = 120.0
_LIFTED_FOR_S: Final = 180.0
_LIFT_EVERY_S: Final = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounting:
    """The mounting of a sensor: a component, and its place (WGS-84)."""

    component: str
    lat: float
    lon: float


class Sensor:
    """Measures one quantity at one place.

    Args:
        kind: tilt (of a cover) or level (of the water under it).
        random_source: the sensor's own.
        lifted: whether this cover is lifted once every half hour.
    """

    def __init__(self, kind: Literal["tilt", "level"], random_source: random.Random, *, lifted: bool) -> None:
        self._kind = kind
        self._random = random_source
        self._lifted = lifted
        self._passed_s = 0.0
        self._zero = random_source.uniform(0.2, 1.6)
        self._battery_v = random_source.uniform(3.45, 3.62)

    def step(self, seconds: float) -> dict[str, bool | float | str]:
        """Let time pass, and measure."""
        self._passed_s += seconds
        battery = round(self._battery_v - self._passed_s * 1e-7, 3)
        if self._kind == "tilt":
            phase = self._passed_s % _LIFT_EVERY_S
            up = self._lifted and _LIFTED_AT_S <= phase < _LIFTED_AT_S + _LIFTED_FOR_S
            tilt = (38.0 if up else self._zero) + self._random.gauss(0.0, 0.08)
            return {"tilt_deg": round(tilt, 2), "battery_v": battery}
        tide = 0.25 * math.sin(math.tau * self._passed_s / 5400.0 + self._zero)
        level = max(0.0, 0.3 * self._zero + tide + self._random.gauss(0.0, 0.004))
        return {"water_level_m": round(level, 3), "battery_v": battery}


def mountings(city: Path, component_class: str) -> list[Mounting]:
    """All components of a class in a city folder, which can carry a sensor.

    Raises:
        CityError: the folder has no usable components layer.
    """
    file = city / "components.geojson"
    try:
        features: list[dict[str, Any]] = msgspec.json.decode(file.read_bytes())["features"]
        return [
            Mounting(
                component=feature["properties"]["code"],
                lat=feature["geometry"]["coordinates"][1],
                lon=feature["geometry"]["coordinates"][0],
            )
            for feature in features
            if feature["properties"]["class"] == component_class
        ]
    except (OSError, msgspec.MsgspecError, KeyError, TypeError, IndexError) as error:
        raise CityError(f"cannot read {file} ({error}); make the city with: python -m city build") from None
