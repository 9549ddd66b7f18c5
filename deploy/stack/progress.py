"""Progress of `up`: one line for each step, with the seconds since the start."""

from __future__ import annotations

import sys
import threading
import time


class Progress:
    """Lines of progress on the terminal, from any thread, and in a log if there is one."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def tell(self, line: str) -> None:
        """One line."""
        with self._lock:
            sys.stdout.write(f"{self.elapsed_s():6.1f} s  {line}\n")
            sys.stdout.flush()

    def say(self, text: str) -> None:
        """Lines without the time, such as an address."""
        with self._lock:
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()

    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began
