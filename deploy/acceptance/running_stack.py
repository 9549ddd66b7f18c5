"""The real `streetwarden up` as a child process that tests can start, query and stop."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from os import environ
from pathlib import Path
from typing import Final

import msgspec
import psutil

from deploy.errors import DeployError
from deploy.stack.folder import Running, StackFolder, running

_UP: Final = "from deploy.command import main; main()"
_POLL_S: Final = 0.1


class RunningStack:
    """One `up`; the kernel kills it if this process is killed.

    Args:
        folder: the stack's.
        city: an existing city folder; None makes the simulated one beside the stack's folder.
        system: the servers' Debian root.
        environment: added to that of this process.
    """

    def __init__(
        self, *, folder: Path, city: Path | None, system: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.folder = StackFolder(folder)
        self.output = folder.parent / f"{folder.name}.out"
        self._command = [
            *("setpriv", "--pdeathsig", "KILL", sys.executable, "-P", "-c", _UP, "up"),
            *("--folder", str(folder), "--system", str(system)),
            *(() if city is None else ("--city", str(city))),
            "--quiet-city",  # else its staff would act on the cases that are looked at
        ]
        own = {"STREETWARDEN_DATABASE_URL", "STREETWARDEN_MQTT_URL"}
        inherited = {name: value for name, value in environ.items() if name not in own}
        self._environment = {**inherited, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Start it; it is not up yet."""
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                [*self._command, *options],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def await_up(self, *, within_s: float = 120) -> Running:
        """Wait until it is up.

        Raises:
            DeployError: it ended, or took too long.
        """
        assert self._process is not None
        end = time.monotonic() + within_s
        while (found := running(self.folder)) is None:
            if self._process.poll() is not None or time.monotonic() > end:
                said = self.output.read_text(encoding="utf-8", errors="replace").strip()
                raise DeployError(f"the stack did not come up; it said:\n{said}")
            time.sleep(_POLL_S)
        return found

    def program(self, module: str) -> psutil.Process | None:
        """One of our programs in it, if it runs."""
        for process in self.processes():
            try:
                if process.cmdline()[1:4] == ["-P", "-m", module]:
                    return process
            except psutil.NoSuchProcess:
                continue
        return None

    def clips_began(self) -> datetime:
        """When its edge box began to play the cameras' clips, accurate to about a second.

        Raises:
            DeployError: it has no edge box now.
        """
        edge = self.program("edge")
        if edge is None:
            raise DeployError(f"the edge box does not run; see {self.folder / 'logs'}")
        return datetime.fromtimestamp(edge.create_time(), UTC)

    def ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `streetwarden` on it."""
        return subprocess.run(
            [sys.executable, "-P", "-c", _UP, *arguments, "--folder", str(self.folder.path)],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def status(self) -> dict[str, object]:
        """What `streetwarden status --json` says of it."""
        found: dict[str, object] = msgspec.json.decode(self.ask("status", "--json").stdout)
        return found

    def processes(self) -> list[psutil.Process]:
        """Its process and all descendants."""
        assert self._process is not None
        top = psutil.Process(self._process.pid)
        return [top, *top.children(recursive=True)]

    def stop(self, *, by: signal.Signals = signal.SIGINT, within_s: float = 60) -> int:
        """Stop it; its exit status."""
        assert self._process is not None
        self._process.send_signal(by)
        return self.await_end(within_s=within_s)

    def await_end(self, *, within_s: float = 60) -> int:
        """Wait until it has ended by itself; its exit status."""
        assert self._process is not None
        return self._process.wait(within_s)

    def end(self) -> None:
        """End it, whatever its state."""
        if self._process is not None and self._process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
