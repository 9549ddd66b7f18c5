"""Makes all threads of the program allocate from one heap.

By default the C library uses up to eight heaps for each core, which suits programs that allocate all the
time. The threads of a camera allocate one whole picture after another. Memory that one camera frees cannot
be used by another camera, because its thread has another heap. With several heaps, a box with twelve full-HD
cameras needed 50 % more memory, and most pictures took fresh memory from the kernel.
"""

from __future__ import annotations

import ctypes
from typing import Final

_M_ARENA_MAX: Final = -8
"""From glibc's malloc.h, mallopt(3)."""


def share_one_heap() -> bool:
    """Use one heap from now on; call before any thread starts. False if the C library has no such setting."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(_M_ARENA_MAX, 1))
