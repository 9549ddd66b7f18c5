"""Has all threads of the program allocate from one heap.

The C library gives threads eight heaps for each core, which suits programs that allocate all the time. A
camera's threads allocate whole pictures, one after the other: what one look gives back, the next one of
another camera cannot have, because its thread lies in another heap. A box of twelve full-HD cameras held half
as much again, and took most pictures' memory afresh from the kernel.
"""

from __future__ import annotations

import ctypes
from typing import Final

_M_ARENA_MAX: Final = -8
"""From glibc's malloc.h, mallopt(3)."""


def share_one_heap() -> bool:
    """Do so from now on, before any thread is started; False where the C library knows no such setting."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(_M_ARENA_MAX, 1))
