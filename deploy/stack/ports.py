"""Ports of one stack: the default ones if they are free, else others; the next run uses the same."""

from __future__ import annotations

import socket
from typing import Final

import msgspec

from deploy.stack.folder import StackFolder

USUAL: Final = {
    "web": 8480,
    "ingest": 9102,
    "edge": 9103,
    "center": 9104,
    "mosquitto": 1883,
    "postgresql": 5432,
    "prometheus": 9090,
    "alertmanager": 9093,
    "alert-log": 9105,
    "worker": 9106,
}
_FILE: Final = "ports.json"


class _Ports(msgspec.Struct, frozen=True, kw_only=True):
    ports: dict[str, int]


class Ports:
    """Ports on 127.0.0.1, each reserved from its choice until its owner is about to listen.

    Two stacks that start at the same time therefore never choose the same port.
    """

    def __init__(self, folder: StackFolder) -> None:
        known = folder.recall(_FILE, _Ports)
        remembered = {} if known is None else known.ports
        self._held: dict[str, socket.socket] = {}
        for name, usual in USUAL.items():
            self._held[name] = _hold(remembered.get(name, usual))
        self.of: dict[str, int] = {name: held.getsockname()[1] for name, held in self._held.items()}
        folder.remember(_FILE, _Ports(ports=self.of))

    def take(self, name: str) -> int:
        """Release a port so that its owner can listen on it."""
        held = self._held.pop(name, None)
        if held is not None:
            held.close()
        return self.of[name]

    def close(self) -> None:
        """Release all ports."""
        for name in list(self._held):
            self.take(name)


def _hold(wanted: int) -> socket.socket:
    """Listen on a port, or on another if it is in use.

    A listening socket reserves the port even against servers that set SO_REUSEADDR.
    """
    for port in (wanted, 0):
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            held.bind(("127.0.0.1", port))
            held.listen(1)
        except OSError:
            held.close()
            if port == 0:
                raise
        else:
            return held
    raise AssertionError
