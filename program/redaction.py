"""Removes secrets from addresses and texts, for logs, statuses, metrics and errors.

Everything that may be a secret is hidden: a camera's address may have its password before an `@`, in its
query (`?user=&pwd=`) or in its path. If an address is ambiguous, only its scheme is shown.
"""

from __future__ import annotations

import re
from typing import Final

HIDDEN: Final = "***"

_ADDRESS: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>.*)", re.DOTALL)
_AUTHORITY_ENDS: Final = re.compile(r"[/?#\\]")
_HOST: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?\]|[\w.~,-]*)(?::[0-9]{1,5})?")
_FILE: Final = re.compile(r"[\w./-]+\.\w{1,5}")
_DATABASES: Final = frozenset({"postgresql", "postgres"})
_WITH_PATH: Final = frozenset({*_DATABASES, "s3", "s3a", "gs", "az", "azure", "abfs", "abfss", "adl"})
"""Schemes whose path names a database or a bucket; in others a path may be a camera's password."""

# Up to the last `@` of the line, because a password may contain any character, and then up to a space.
_IN_TEXT: Final = re.compile(r"[A-Za-z0-9+.-]{0,32}://(?:[^\n]*@)?\S*")
_AFTER: Final = ")]}'\",;:.>"
_PAIR: Final = re.compile(
    r"(?P<key>\b(?:password|passwd|pwd|passphrase|secret|token|api_?key|access_?key)\b[\"']?\s*[=:]\s*)"
    r"(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\s&,;\"']+)",
    re.IGNORECASE,
)


def public_address(url: str) -> str:
    """An address without secrets: scheme, host and port.

    A database's user and name, a bucket's path, and a file's whole address are shown too. Everything else is
    left out: user, password, path, query, fragment. If host and password cannot be told apart, the result is
    `scheme://***`.
    """
    if url.startswith(("file:", "mqtt:")) and not url.startswith("mqtt://"):
        return url  # a file, or a camera that sends its pictures over the broker
    match = _ADDRESS.fullmatch(url)
    if match is None:
        return url if _FILE.fullmatch(url) else HIDDEN
    scheme, rest = match["scheme"].lower(), match["rest"]
    end = found.start() if (found := _AUTHORITY_ENDS.search(rest)) else len(rest)
    authority, path = rest[:end], rest[end:]
    login, at, host = authority.rpartition("@")
    if "@" in path or not _HOST.fullmatch(host):  # a `/` in a password ends what looks like the host
        return f"{scheme}://{HIDDEN}"
    user = login.partition(":")[0] if scheme in _DATABASES else ""
    shown_path = re.split(r"[?#]", path, maxsplit=1)[0] if scheme in _WITH_PATH else ""
    return f"{scheme}://{user}{at if user else ''}{host}{shown_path}"


def redacted(text: str) -> str:
    """A text in which addresses are as `public_address` shows them, and values of `password=…` are hidden."""
    if "://" in text:
        text = _IN_TEXT.sub(lambda match: _shown(match[0]), text)
    return _PAIR.sub(lambda match: f"{match['key']}{HIDDEN}", text)


def _shown(found: str) -> str:
    """An address in a text, as shown; punctuation after it stays."""
    address = found.rstrip(_AFTER)
    after = found[len(address) :]
    if after.startswith("]") and address.count("[") > address.count("]"):
        address, after = address + "]", after[1:]
    return public_address(address) + after
