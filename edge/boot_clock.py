"""How long ago something was, whatever happened to the machine's clock since.

The clock of a box jumps: one without a battery starts where it was switched off, and NTP sets it right later,
forward or back. Within one boot the time since the boot tells an age exactly. Over a boot only the wall clock
does, and only if somebody keeps it.
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
"""adjtimex(2): the clock is not synchronised."""
_TIMEX_BYTES: Final = 512
"""More than `struct timex` takes on any architecture; zeroed, it only asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """A moment that can be compared after a restart.

    Attributes:
        wall_s: seconds since the epoch, by the machine's clock.
        boot_id: of the boot that it belongs to; empty where the system has none.
        boot_s: seconds since that boot, those of a suspended machine included.
    """

    wall_s: float
    boot_id: str
    boot_s: float


class BootClock:
    """Tells the age of what an earlier run of the program has left.

    Args:
        wall: seconds since the epoch.
        since_boot: seconds since the boot.
        boot_id: of this boot.
        kept: whether somebody keeps the machine's clock right.
    """

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        since_boot: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
        boot_id: str | None = None,
        kept: Callable[[], bool] | None = None,
    ) -> None:
        self._wall = wall
        self._since_boot = since_boot
        self._boot_id = boot_id if boot_id is not None else _this_boot()
        self._kept = kept or is_synchronised

    def now(self) -> Instant:
        """This moment."""
        return Instant(wall_s=self._wall(), boot_id=self._boot_id, boot_s=self._since_boot())

    def age_s(self, *, wall_s: float, boot_id: str, boot_s: float) -> float | None:
        """How long ago a moment was; None when nobody can know, or when it lies ahead."""
        if boot_id and boot_id == self._boot_id:
            return self._since_boot() - boot_s
        if not self._kept():
            return None
        age_s = self._wall() - wall_s
        return age_s if age_s >= 0 else None


def is_synchronised() -> bool:
    """Whether the kernel says that NTP or its like keeps the clock; true where it cannot be asked."""
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
