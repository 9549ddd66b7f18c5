"""A private mount namespace for a benchmark, so that its mounts end with it, however it ends."""

from __future__ import annotations

import os
import sys
from typing import Final

_PRIVATE: Final = "STREETWARDEN_BENCH_OWN_MOUNTS"


def have_own_mounts() -> None:
    """Re-execute this process in a mount namespace of its own."""
    if os.environ.get(_PRIVATE) != "1":
        os.environ[_PRIVATE] = "1"
        again = [sys.executable, "-m", "bench", *sys.argv[1:]]
        os.execvp("unshare", ["unshare", "--mount", *again])  # noqa: S606 no shell is needed
