from __future__ import annotations

import random

from city.fleet.sensors import Sensor


def test_one_cover_is_lifted_and_laid_back() -> None:
    sensor = Sensor("tilt", random.Random(1), lifted=True)
    tilts = [float(sensor.step(10.0)["tilt_deg"]) for _ in range(60)]
    up = [index for index, tilt in enumerate(tilts) if tilt > 20]
    assert up == list(range(11, 29))
    assert max(tilts[:10]) < 3


def test_other_covers_stay_down() -> None:
    sensor = Sensor("tilt", random.Random(2), lifted=False)
    assert all(float(sensor.step(10.0)["tilt_deg"]) < 3 for _ in range(400))


def test_water_rises_and_falls_and_is_never_negative() -> None:
    sensor = Sensor("level", random.Random(3), lifted=False)
    levels = [float(sensor.step(10.0)["water_level_m"]) for _ in range(600)]
    assert min(levels) >= 0
    assert max(levels) - min(levels) > 0.3
