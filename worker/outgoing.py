"""HTTP requests to addresses that people enter: never to our own network unless the settings allow it.

A name is resolved here, every address is checked, and the connection goes to a checked address, so that a
name cannot change its address between the check and the connection (DNS rebinding). Redirects are not
followed, and proxies of the environment are not used.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import httpcore

from program.errors import SettingsError

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_LARGEST_ANSWER: Final = 16_384
_PREVIEW_CHARS: Final = 200


class ForbiddenAddressError(Exception):
    """A request would go to an address that is not allowed; the text names it and the setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a request.

    Attributes:
        retry_after_s: the seconds in the header Retry-After, if it has any.
        text: the beginning of the body, for people.
    """

    status: int
    retry_after_s: float | None
    text: str


class AllowedNetworks:
    """The networks that requests may go to, in addition to public addresses.

    Args:
        text: such as `10.0.0.0/8, 192.168.7.4`.

    Raises:
        SettingsError: a part is not a network.
    """

    def __init__(self, text: str) -> None:
        try:
            self._networks: tuple[_Network, ...] = tuple(
                ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip()
            )
        except ValueError as error:
            raise SettingsError(f"webhooks.networks: {error}; give networks such as 10.1.0.0/16") from None

    def names(self, address: _Address) -> bool:
        """Whether the setting names an address."""
        return any(address in network for network in self._networks)

    def allow(self, address: _Address) -> bool:
        """Whether a request may go to an address."""
        return self.names(address) or _is_public(address)


def _is_public(address: _Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return _is_public(inner)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class _CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses only."""

    def __init__(self, allowed: AllowedNetworks, *, plain: bool) -> None:
        self._allowed = allowed
        self._plain = plain
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the library's)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check, connect to what was checked."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name {host} has no address ({error})") from None
        addresses = [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]
        for address in addresses:  # one address that is not allowed is enough to refuse
            if not self._allowed.allow(address):
                raise ForbiddenAddressError(
                    f"{host} has the address {address}, which is not public; add its network to "
                    "webhooks.networks if the receiver is there"
                )
            if self._plain and not self._allowed.names(address):
                raise ForbiddenAddressError(f"{host} is public ({address}), so its URL must begin with https")
        last: Exception | None = None
        for address in addresses:
            try:
                return await self._backend.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                last = failed
        raise last or httpcore.ConnectError(f"the name {host} has no address")


class Outgoing:
    """Sends requests.

    Args:
        allowed: networks.
        timeout_s: seconds for a whole request, with its answer.
        ca_file: certificates of authorities (PEM) in addition to those of the system; empty for none.

    Raises:
        SettingsError: the file cannot be used.
    """

    def __init__(self, *, allowed: AllowedNetworks, timeout_s: float, ca_file: str = "") -> None:
        self._allowed = allowed
        self._timeout_s = timeout_s
        self._tls = ssl.create_default_context()
        if ca_file:
            try:
                self._tls.load_verify_locations(ca_file)
            except (OSError, ssl.SSLError) as error:
                raise SettingsError(f"webhooks.ca_file: {ca_file} cannot be used ({error})") from None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a body.

        Raises:
            ForbiddenAddressError: the host is where requests may not go.
            OSError: no connection, no valid certificate, or no answer in time.
        """
        backend = _CheckedBackend(self._allowed, plain=urlsplit(url).scheme == "http")
        sent = [("User-Agent", "Streetwarden"), ("Content-Type", "application/json"), *headers.items()]
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                httpcore.AsyncConnectionPool(
                    ssl_context=self._tls, network_backend=backend, retries=0
                ) as pool,
                pool.stream("POST", url, headers=[*sent, ("Host", _host(url))], content=body) as answer,
            ):
                return Answer(
                    status=answer.status,
                    retry_after_s=_retry_after(answer.headers),
                    text=await _beginning(answer),
                )
        except TimeoutError:
            raise OSError(f"no answer within {self._timeout_s:g} s") from None
        except (
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
            ssl.SSLError,
            ValueError,
        ) as error:
            raise OSError(str(error) or type(error).__name__) from None


async def _beginning(answer: httpcore.Response) -> str:
    read = b""
    async for part in answer.aiter_stream():
        read += part[: _LARGEST_ANSWER - len(read)]
        if len(read) >= _LARGEST_ANSWER:
            break
    return "".join(each for each in read.decode(errors="replace") if each.isprintable())[:_PREVIEW_CHARS]


def _retry_after(headers: list[tuple[bytes, bytes]]) -> float | None:
    for name, value in headers:
        if name.lower() == b"retry-after" and value.isdigit() and len(value) <= 6:  # noqa: PLR2004 (11 days)
            return float(value)
    return None


def _host(url: str) -> str:
    return urlsplit(url).netloc
