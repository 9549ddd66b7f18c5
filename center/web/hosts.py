"""Under which names the center may be asked for. Pure.

A page of another site can have its own name resolve to the center's address (DNS rebinding); for the browser
it is then of the same origin. The Host header still holds that name. An address in digits cannot be had that
way.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit


class Hosts:
    """The names that are ours, beside localhost and every address in digits.

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
            _ = parts.port  # refuses one that is no number
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
