"""How often a client may do something: a token bucket for each key, in bounded memory. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

_REMEMBERED: Final = 20_000


class Rates:
    """Counts what each key does.

    A key may do `most` at once, and so many again `within_s` seconds later. If more than `_REMEMBERED` keys
    act within that time, those that have been idle longest begin anew.

    Args:
        maximum: the maximum within the time.
        within_s: the time, seconds.
    """

    def __init__(self, *, maximum: int, within_s: float) -> None:
        self._maximum = maximum
        self._per_s = maximum / within_s
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def wait_s(self, key: Hashable, now_s: float) -> float:
        """Count one more, and return 0; or count nothing, and return the seconds until it is allowed."""
        left, at_s = self._left.pop(key, (float(self._maximum), now_s))
        left = min(self._maximum, left + max(0.0, now_s - at_s) * self._per_s)
        allowed = left >= 1
        self._left[key] = (left - 1 if allowed else left, now_s)
        if len(self._left) > _REMEMBERED:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self._per_s
