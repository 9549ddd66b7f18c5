"""Codes of unit grid cells and components, in the format of digital urban management.

Unit grid: 6 digits district + 3 street office + 3 community + 3 sequence. Component: 6 digits district +
2 class + 2 subclass + 6 sequence, following CJ/T 214 (code set A).
"""

from __future__ import annotations

from collections import Counter
from typing import Final

CODE_SET: Final = "A"

COMPONENT_NAMES: Final = {
    "0101": ("上水井盖", "Water supply cover"),
    "0102": ("污水井盖", "Sewage cover"),
    "0103": ("雨水井盖", "Storm water cover"),
    "0104": ("雨水箅子", "Storm water grating"),
    "0105": ("电力井盖", "Power cover"),
    "0107": ("电信井盖", "Telecom cover"),
    "0113": ("消防设施", "Fire hydrant"),
    "0115": ("电信交接箱", "Telecom cabinet"),
    "0118": ("路灯", "Street lamp"),
    "0126": ("健身设施", "Fitness equipment"),
    "0209": ("交通标志牌", "Traffic sign"),
    "0213": ("路名牌", "Street name sign"),
    "0305": ("垃圾箱", "Litter bin"),
}
"""The component classes of the simulated town, by class and subclass: name and English name."""


def grid_code(*, district: str, office: int, community: int, sequence: int) -> str:
    """The 15-digit code of one unit grid cell."""
    return f"{district}{office:03d}{community:03d}{sequence:03d}"


class ComponentNumbers:
    """Allocates component codes, counting up within each class."""

    def __init__(self, district: str) -> None:
        self._district = district
        self._last: Counter[str] = Counter()

    def next(self, component_class: str) -> str:
        """The next free 16-digit code of a 4-digit class."""
        self._last[component_class] += 1
        return f"{self._district}{component_class}{self._last[component_class]:06d}"
