"""Pictures of all cameras use one heap, so that freed memory is reused."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

_PROGRAM: Final = """
import ctypes, sys, threading
import numpy as np
from edge.heap import share_one_heap

if sys.argv[1] == "shared":
    assert share_one_heap()
met = threading.Barrier(8)

def picture():
    met.wait()
    kept = np.ones(100_000, np.uint8)
    met.wait()

threads = [threading.Thread(target=picture) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
file = libc.fopen(sys.argv[2].encode(), b"w")
libc.malloc_info(0, ctypes.c_void_p(file))
libc.fclose(ctypes.c_void_p(file))
"""


def heaps(how: str, told: Path) -> int:
    """How many heaps a program of eight threads has."""
    subprocess.run([sys.executable, "-c", _PROGRAM, how, str(told)], check=True, timeout=60)
    return told.read_text(encoding="utf-8").count("<heap nr=")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is a setting of the GNU C library")
def test_threads_share_one_heap_that_would_else_have_their_own(tmp_path: Path) -> None:
    assert heaps("shared", tmp_path / "shared.xml") == 1
    assert heaps("as usual", tmp_path / "usual.xml") > 1
