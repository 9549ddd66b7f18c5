"""Limits of open connections, in all and for one client. Pure."""

from __future__ import annotations

from collections import Counter

from center.web.addresses import Networks, client_of


class Connections:
    """Counts open connections.

    Args:
        maximum: maximum number in all.
        max_per_client: maximum number for one address (IPv4) or /64 network (IPv6).
        proxies: addresses that many clients share, limited only by `most`.
    """

    def __init__(self, *, maximum: int, max_per_client: int, proxies: Networks) -> None:
        self._maximum = maximum
        self._max_per_client = max_per_client
        self._proxies = proxies
        self._open: Counter[str] = Counter()
        self.open = 0

    def enter(self, address: str) -> bool:
        """Count a new connection; returns whether it may stay. A refused one is not counted."""
        client = client_of(address)
        if self.open >= self._maximum:
            return False
        if self._open[client] >= self._max_per_client and address not in self._proxies:
            return False
        self._open[client] += 1
        self.open += 1
        return True

    def leave(self, address: str) -> None:
        """A counted connection was closed."""
        client = client_of(address)
        self._open[client] -= 1
        if self._open[client] <= 0:
            del self._open[client]
        self.open -= 1
