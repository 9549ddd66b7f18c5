"""HTTP without TLS for tests that ask a program again and again.

A client of httpx first reads the CAs of the whole world, which takes 30 ms of processor: more than all else
that a question costs.
"""

from __future__ import annotations

import ssl
from typing import Any, Final

import httpx

_KNOWS_NOBODY: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def async_client(**options: Any) -> httpx.AsyncClient:
    """A client that no TLS server is known to."""
    return httpx.AsyncClient(verify=_KNOWS_NOBODY, **options)


def client(**options: Any) -> httpx.Client:
    """The same, which blocks."""
    return httpx.Client(verify=_KNOWS_NOBODY, **options)


def get(url: str, *, timeout: float = 5.0) -> httpx.Response:
    """Ask once."""
    return httpx.get(url, timeout=timeout, verify=_KNOWS_NOBODY)
