"""Prepares the servers' Debian root, the city and the console in parallel before a stack starts."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from deploy.errors import DeployError
from deploy.stack.child import Child

_POLL_S: Final = 0.05
_PREFIX: Final = "streetwarden: "


class Preparation:
    """One preparation, which runs in a process of its own when its `child` is started.

    Args:
        name: the prefix of its lines of progress; other lines go into the log only.
        module: what to run, with arguments.
        log: takes its output.
        tell: takes its lines of progress.
    """

    def __init__(self, name: str, *module: str, log: Path, tell: Callable[[str], None]) -> None:
        self._name = name
        self._tell = tell
        self.child = Child(name, (sys.executable, "-P", "-m", *module), log=log, tell=self._hear)

    def wait(self) -> None:
        """Wait until it is done, if it was started.

        Raises:
            DeployError: it failed; the text contains its last line.
        """
        while self.child.is_running():
            time.sleep(_POLL_S)
        status = self.child.status()
        self.child.finish_listening()
        if status:
            why = self.child.last_line().removeprefix(_PREFIX)
            raise DeployError(why if status == 1 else f"{self._name} failed: {why}; see {self.child.log}")

    def _hear(self, line: str) -> None:
        if line.startswith(f"{self._name}: "):
            self._tell(line)
