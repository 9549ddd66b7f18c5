"""One of our programs as a child of the stack, which ends with the stack.

If we are root, the child has a process namespace of its own, so that its own children end with it too, and it
runs as an unprivileged user (deploy/stack/unprivileged.py).
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

import psutil

from deploy.stack import unprivileged
from deploy.stack.unprivileged import User

_PATIENCE_S: Final = 20.0
_TIED: Final = ("setpriv", "--pdeathsig", "KILL")
_OWN_NAMESPACES: Final = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
_OWN_NAMESPACE: Final = (
    *("unshare", "--pid", "--fork", "--kill-child"),
    # Process 1 is a shell: it collects orphans, and the kernel keeps no signal from the program below it.
    *("sh", "-c", '"$@"; exit $?', "sh"),
)


def _named(environment: Mapping[str, str]) -> list[Path]:
    """Environment variables that name files, such as a certificate of the user's."""
    values = (value for name, value in environment.items() if name.startswith("STREETWARDEN_"))
    return [Path(value) for value in values if value.startswith("/")]


class Child:
    """One process. Start it from the main thread only: the kernel ties it to the thread that made it.

    Args:
        name: for messages.
        command: program and arguments.
        log: takes its output.
        environment: added to that of this process.
        goodbye: the signal that stops it cleanly.
        tell: also gets each line of its output.
        user: to run as if we are root; None: our own user.
        needs: files and folders that this user must reach, in addition to Python and our own code.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        goodbye: signal.Signals = signal.SIGTERM,
        tell: Callable[[str], None] | None = None,
        user: User | None = None,
        needs: Sequence[Path] = (),
    ) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._environment = environment or {}
        self._goodbye = goodbye
        self._tell = tell
        self._process: subprocess.Popen[bytes] | None = None
        self._namespace = os.geteuid() == 0
        self._user = user
        self._needs = needs
        self._listener: threading.Thread | None = None

    def start(self) -> None:
        """Start it; it may not answer yet on return."""
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", **self._environment}
        command = [*_TIED, *self._command]
        if self._namespace and self._user is not None:
            needs = [*self._needs, *_named(environment)]
            command = [*_TIED, *_OWN_NAMESPACES, *unprivileged.command(self._user, self._command, needs)]
            environment |= {"HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}
        elif self._namespace:
            command = [*_TIED, *_OWN_NAMESPACE, *self._command]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log if self._tell is None else subprocess.PIPE,
                stderr=log if self._tell is None else subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C at the terminal is ours to pass on, in our order
            )
        if self._tell is not None:
            assert self._process.stdout is not None
            self._listener = threading.Thread(
                target=self._listen, args=(self._process.stdout, self._tell), name=self.name, daemon=True
            )
            self._listener.start()

    def is_running(self) -> bool:
        """Whether its process exists."""
        return self._process is not None and self._process.poll() is None

    def status(self) -> int | None:
        """Its exit status; None while it runs, and before."""
        return None if self._process is None else self._process.poll()

    def part(self) -> None:
        """Ask it to stop; does not wait."""
        for process in self._inside():
            try:
                process.send_signal(self._goodbye)
            except psutil.NoSuchProcess:
                continue

    def stop(self, *, patience_s: float = _PATIENCE_S) -> None:
        """Ask it to stop, and wait until it has; kill it if it does not stop in time."""
        if self._process is None:
            return
        self.part()
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Send SIGKILL to it and to its children."""
        if self._process is None:
            return
        everything = self._inside(recursive=True)
        self._process.kill()
        self._process.wait()
        psutil.wait_procs(everything, timeout=_PATIENCE_S)

    def finish_listening(self) -> None:
        """Wait until all output of an ended process has been passed on."""
        if self._listener is not None:
            self._listener.join(_PATIENCE_S)

    def last_line(self) -> str:
        """The last line of its output."""
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        except OSError:
            lines = []
        return lines[-1] if lines else "(it said nothing)"

    def _inside(self, *, recursive: bool = False) -> list[psutil.Process]:
        """The program's processes, without the wrapper; optionally with all its children."""
        assert self._process is not None
        try:
            process = psutil.Process(self._process.pid)
            if self._namespace:
                shell = process.children()
                programs = [program for one in shell for program in one.children()]
            else:
                programs = [process]
            below = [one for program in programs for one in program.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []
        return [*programs, *below] if recursive else programs

    def _listen(self, output: IO[bytes], tell: Callable[[str], None]) -> None:
        with self.log.open("ab") as log, output:
            for line in output:
                log.write(line)
                log.flush()
                if text := line.decode(errors="replace").strip():
                    tell(text)
