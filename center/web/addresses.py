"""Network addresses: which of them count as one client, and which belong to proxies. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

_CLIENT_BITS: Final = 64
"""Prefix length, bits: one IPv6 client has a whole network, and can use another address for each
connection."""


def client_of(address: str) -> str:
    """The key for limits: an IPv4 address, or the /64 network of an IPv6 address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(IPv6Network((found, _CLIENT_BITS), strict=False))
    return str(found)


class Networks:
    """A set of addresses.

    Args:
        names: addresses and networks such as 10.0.0.0/8; `*` is every address; host names match none.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._all = False
        self._networks: list[IPv4Network | IPv6Network] = []
        for name in names:
            if name == "*":
                self._all = True
                continue
            try:
                self._networks.append(ip_network(name, strict=False))
            except ValueError:
                continue

    def __contains__(self, address: str) -> bool:
        if self._all:
            return True
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return any(found in network for network in self._networks)
