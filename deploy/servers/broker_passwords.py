"""Mosquitto's password file, hashed by us, because Mosquitto's own tool supports only 101 rounds.

Each line is `user:$7$rounds$salt$hash` (PBKDF2 with HMAC-SHA-512, salt and hash in base64). Mosquitto 2.0
takes any number of rounds, and salts of exactly 12 bytes.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

ROUNDS: Final = 10_000
"""A hundred times Mosquitto's number. Mosquitto checks passwords on its only thread: 5 ms each (ADR 0123)."""

_SALT_BYTES: Final = 12


def hashed(password: str, *, rounds: int = ROUNDS) -> str:
    """One password in Mosquitto's format, with a new salt."""
    salt = secrets.token_bytes(_SALT_BYTES)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
    return f"$7${rounds}${_text(salt)}${_text(key)}"


def password_file(passwords: Mapping[str, str]) -> str:
    """The whole file, from passwords by user."""
    with ThreadPoolExecutor() as threads:  # hashing lets go of the interpreter's lock
        lines = zip(passwords, threads.map(hashed, passwords.values()), strict=True)
        return "".join(f"{user}:{word}\n" for user, word in lines)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
