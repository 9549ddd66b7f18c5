"""Known browsers: a cookie lists the logins that have signed on from a browser before. Pure.

An entry is `{tag}.{nonce}.{day}.{mac}`; the key of its MAC is the account's password hash. This needs no
secret of the center, works for every center on the database, and a new password makes all browsers unknown
again. An entry gives no access: it decides which failures are counted together (`center.guesses`).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Final

COOKIE: Final = "streetwarden_device"
LASTS: Final = timedelta(days=180)
"""Days without a sign-on after which a browser is unknown again."""

_MAX_LOGINS: Final = 20
"""Logins of one browser, because several people sign on at a shared desk."""


def claims(cookie: str, login: str) -> bool:
    """Whether a cookie has an entry for a login, right or wrong."""
    return _entry(cookie, login) is not None


def known(cookie: str, login: str, password_hash: str, now: datetime) -> str | None:
    """Identifies the browser that sent a cookie, if it is known for this login; else None."""
    entry = _entry(cookie, login)
    if entry is None:
        return None
    _, nonce, day, mac = entry.split(".")
    if not hmac.compare_digest(mac.encode(), _mac(password_hash, login, nonce, day).encode()):
        return None
    age = _day(now) - int(day)
    return nonce if 0 <= age <= LASTS.days else None


def remember(cookie: str, login: str, password_hash: str, now: datetime) -> str:
    """The new cookie of a browser that has just signed on; it keeps its other logins."""
    tag, nonce, day = _tag(login), secrets.token_urlsafe(9), str(_day(now))
    fresh = f"{tag}.{nonce}.{day}.{_mac(password_hash, login, nonce, day)}"
    others = [entry for entry in _entries(cookie) if not entry.startswith(f"{tag}.")]
    return "~".join([fresh, *others[: _MAX_LOGINS - 1]])


def _entries(cookie: str) -> list[str]:
    return [entry for entry in cookie.split("~")[: _MAX_LOGINS * 2] if _is_entry(entry)]


def _is_entry(entry: str) -> bool:
    parts = entry.split(".")
    if len(parts) != 4 or not all(parts) or len(entry) > 100:  # noqa: PLR2004 as `remember` writes it
        return False
    return entry.isascii() and parts[2].isdecimal() and len(parts[2]) < 8  # noqa: PLR2004


def _entry(cookie: str, login: str) -> str | None:
    start = f"{_tag(login)}."
    return next((entry for entry in _entries(cookie) if entry.startswith(start)), None)


def _tag(login: str) -> str:
    return hashlib.sha256(login.encode()).hexdigest()[:12]


def _day(now: datetime) -> int:
    return int(now.timestamp() // 86_400)


def _mac(password_hash: str, login: str, nonce: str, day: str) -> str:
    said = f"streetwarden device\0{login}\0{nonce}\0{day}".encode()
    return urlsafe_b64encode(hmac.digest(password_hash.encode(), said, "sha256")[:18]).decode()
