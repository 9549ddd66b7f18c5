"""A server in a private mount, process and IPC namespace, which ends with the process that started it.

Process 1 of the namespace is a shell that waits for the end of the server and for the end of its own standard
input, which only we hold open. When either occurs, the shell exits; the kernel then kills all other processes
of the namespace and removes its mounts and shared memory. So nothing outlives us, even after a SIGKILL. (A
parent-death signal is not sufficient, because the kernel clears it when a server changes its user.)
"""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Final

import psutil

from deploy.debian_root import System
from deploy.errors import ServerError

INSIDE: Final = "/srv/data"
"""The path of the server's folder inside the namespace."""

_PATIENCE_S: Final = 60.0
_POLL_S: Final = 0.02
_LIFELINE: Final = "cat"
_NAMESPACE: Final = rf"""
set -e
cd "$2"
if [ "$1" != / ]; then mount --rbind /dev "$1/dev"; fi
mount -t tmpfs -o mode=1777 none "$1/dev/shm"
mount -t tmpfs -o mode=1777 none "$1/tmp"
mount -t tmpfs -o mode=755 none "$1/srv"
mkdir "$1{INSIDE}"
mount --no-canonicalize --bind . "$1{INSIDE}"
mount -t proc none "$1/proc"
exec 3<&0 </dev/null
chroot "$1" /bin/bash -c "$3" 3<&- &
{_LIFELINE} <&3 >/dev/null &
wait -n
"""


class Server(ABC):
    """One server process on a loopback port, with a folder of its own that survives a restart.

    Args:
        system: the Debian root with its program.
        folder: its data; created if missing.
        port: the port on 127.0.0.1.
        log: takes its output; by default beside the folder.
    """

    name: str

    def __init__(self, *, system: System, folder: Path, port: int, log: Path | None = None) -> None:
        self.folder = folder
        self.port = port
        self.log = log or folder.parent / f"{folder.name}.log"
        self.system = system
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        """Start it, and return when it answers.

        Raises:
            ServerError: it ends, or does not answer in time.
        """
        if not _is_free(self.port):  # somebody else's server there would answer for ours
            raise ServerError(
                f"{self.name} cannot have port {self.port}, another program listens there; end that one"
            )
        self.prepare()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *("unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child"),
                    *(
                        "bash",
                        "-c",
                        _NAMESPACE,
                        self.name,
                        str(self.system.root),
                        str(self.folder),
                        self.command(),
                    ),
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C at the terminal is ours to pass on, in our order
            )
        end = time.monotonic() + _PATIENCE_S
        while not self.answers():
            ended = self._process.poll() is not None
            if ended or time.monotonic() > end:
                self.kill()
                what = "ended at once" if ended else f"did not answer within {_PATIENCE_S:.0f} s"
                raise ServerError(f"{self.name} {what}; its log {self.log} says why: {_last_line(self.log)}")
            time.sleep(_POLL_S)

    def stop(self) -> None:
        """Ask it to stop, and wait until it has; kill it if it does not stop in time."""
        if self._process is None:
            return
        for server in self._servers()[:1]:
            server.send_signal(self.goodbye)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE_S)
        self.kill()

    def kill(self) -> None:
        """Send SIGKILL to all its processes at once, as in a power cut; they are gone on return."""
        if self._process is None:
            return
        everything = self._processes()
        self._process.kill()
        self._process.wait()
        while any(map(_lives, everything)):
            time.sleep(_POLL_S)
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process = None

    def restart(self) -> None:
        """Stop it and start it again on the same port and data."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """SIGSTOP: it keeps its connections and answers nothing."""
        for process in self._servers():
            process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        for process in self._servers():
            process.send_signal(signal.SIGCONT)

    def is_running(self) -> bool:
        """Whether its process exists, answering or not."""
        return self._process is not None and self._process.poll() is None

    def last_line(self) -> str:
        """The last line of its log."""
        return _last_line(self.log)

    def prepare(self) -> None:  # noqa: B027 (some need nothing)
        """Write its files into its folder, before each start."""

    @property
    def goodbye(self) -> signal.Signals:
        """The signal that stops it cleanly."""
        return signal.SIGTERM

    @abstractmethod
    def command(self) -> str:
        """The shell script to run inside; its last command is `exec` of the server."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it does its work, by a real request."""

    def _processes(self) -> list[psutil.Process]:
        """All processes of the namespace."""
        try:
            return psutil.Process(self._process.pid).children(recursive=True) if self._process else []
        except psutil.NoSuchProcess:
            return []

    def _servers(self) -> list[psutil.Process]:
        """The server's processes, the first one first, without the shell and the lifeline."""
        shell = self._processes()[:1]
        below = shell[0].children() if shell else []
        servers = [process for process in below if process.name() != _LIFELINE]
        return [one for server in servers for one in (server, *server.children(recursive=True))]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _lives(process: psutil.Process) -> bool:
    """Whether it still runs; process 1 of a container may reap dead processes late or never."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "(it is empty)"
