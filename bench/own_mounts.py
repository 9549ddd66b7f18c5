"""A mount namespace of a benchmark's own, so that a disk that it mounts is gone with it, however it ends."""

from __future__ import annotations

import os
import sys
from typing import Final

_PRIVATE: Final = "STREETWARDEN_BENCH_OWN_MOUNTS"


def have_own_mounts() -> None:
    """Go on in a mount namespace of our own: this process is replaced by itself in it."""
    if os.environ.get(_PRIVATE) != "1":
        os.environ[_PRIVATE] = "1"
        again = [sys.executable, "-m", "bench", *sys.argv[1:]]
        os.execvp("unshare", ["unshare", "--mount", *again])  # noqa: S606 no shell is needed
