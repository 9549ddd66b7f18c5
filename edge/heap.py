"""Makes all threads of the program allocate from one heap.

The C library gives threads up to eight heaps for each core, which suits programs with many small allocations.
A camera's threads allocate whole pictures, one after the other. Memory that one camera's thread frees cannot
serve another camera's thread, because that thread uses another heap. With separate heaps, a box of twelve
full-HD cameras held half as much memory again, and got most pictures' memory anew from the kernel.
"""

from __future__ import annotations

import ctypes
from typing import Final

_M_ARENA_MAX: Final = -8
"""From glibc's malloc.h, mallopt(3)."""


def share_one_heap() -> bool:
    """Share one heap, before any thread is started; False if the C library has no such setting."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(_M_ARENA_MAX, 1))
