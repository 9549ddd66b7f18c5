"""Tells the age of stored times, even if the machine's clock was set in between.

The clock of a box jumps: without a battery it starts where it was switched off, and NTP corrects it later,
forward or back. Within one boot, the time since the boot gives an exact age. Across a boot only the wall
clock does, and only if NTP or the like synchronises it.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_TIME_ERROR: Final = 5
"""State of adjtimex(2): the clock is not synchronised."""
_TIMEX_BYTES: Final = 512
"""Bytes, more than `struct timex` on any architecture; all zero, adjtimex only reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """A time that can be compared after a restart.

    Attributes:
        wall_s: seconds since the epoch, by the machine's clock.
        boot_id: id of the boot; empty if the system has none.
        boot_s: seconds since that boot, including time in suspend.
    """

    wall_s: float
    boot_id: str
    boot_s: float


class BootClock:
    """Tells the age of times that an earlier run of the program has stored.

    Args:
        wall: seconds since the epoch.
        since_boot: seconds since the boot.
        boot_id: id of this boot.
        synchronised: whether the machine's clock is synchronised.
    """

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        since_boot: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
        boot_id: str | None = None,
        synchronised: Callable[[], bool] | None = None,
    ) -> None:
        self._wall = wall
        self._since_boot = since_boot
        self._boot_id = boot_id if boot_id is not None else _this_boot()
        self._synchronised = synchronised or is_synchronised

    def now(self) -> Instant:
        """This moment."""
        return Instant(wall_s=self._wall(), boot_id=self._boot_id, boot_s=self._since_boot())

    def age_s(self, *, wall_s: float, boot_id: str, boot_s: float) -> float | None:
        """The age of a stored time, seconds; None if it cannot be known, or if the time is ahead."""
        if boot_id and boot_id == self._boot_id:
            return self._since_boot() - boot_s
        if not self._synchronised():
            return None
        age_s = self._wall() - wall_s
        return age_s if age_s >= 0 else None


def is_synchronised() -> bool:
    """Whether the kernel says that the clock is synchronised, such as by NTP; true if it cannot tell."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        state = libc.adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (AttributeError, OSError):
        return True
    return state != _TIME_ERROR or os.name != "posix"


def _this_boot() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
