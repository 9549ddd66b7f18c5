"""Host names that requests may use. Pure.

A page of another site can resolve its own name to the center's address (DNS rebinding); for the browser it is
then of the same origin. The Host header still contains that name. An IP address cannot be rebound.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit


class Hosts:
    """The allowed names, in addition to localhost and every IP address.

    Args:
        names: host names without ports; `*` allows every name.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {"localhost", *(_tidy(name) for name in names)}

    def __contains__(self, header: str) -> bool:
        if "*" in self._names:
            return True
        try:
            parts = urlsplit(f"//{header}")
            name = _tidy(parts.hostname or "")
            _ = parts.port  # refuses a port that is not a number
        except ValueError:
            return False
        if not name or parts.username is not None or parts.path or parts.query or parts.fragment:
            return False
        return name in self._names or _is_address(name)


def _tidy(name: str) -> str:
    return name.strip().lower().removesuffix(".")


def _is_address(name: str) -> bool:
    try:
        ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True
