"""Passwords, kept as argon2id with the parameters that RFC 9106 gives for little memory (64 MiB)."""

from __future__ import annotations

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

_HASHER: Final = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


def hash_password(password: str) -> str:
    """What an account keeps of a password; takes some tens of milliseconds, on purpose."""
    return _HASHER.hash(password)


def is_password(password: str, password_hash: str) -> bool:
    """Whether this is the password; takes as long whether it is or not."""
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)
