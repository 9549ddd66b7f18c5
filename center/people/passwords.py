"""Password hashes: argon2id with the parameters of RFC 9106 for limited memory (64 MiB)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

SHORTEST: Final = 15
"""Minimum length of a new password: NIST SP 800-63B-4 for a password that is the only factor."""

LONGEST: Final = 200

_FEWEST_GUESSES: Final = 1e10
_ESTIMATED: Final = 72
"""Characters that are examined; the estimate takes more than proportional time."""

_HASHER: Final = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


def hash_password(password: str) -> str:
    """The hash of a password; deliberately takes some tens of milliseconds."""
    return _HASHER.hash(password)


def is_password(password: str, password_hash: str) -> bool:
    """Whether the password is right; takes the same time in both cases."""
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than the present ones."""
    return _HASHER.check_needs_rehash(password_hash)


def why_refused(password: str, *, known_words: Sequence[str] = ()) -> str | None:
    """Why a new password is too weak; None if it is not.

    By NIST SP 800-63B-4: a minimum length, and no common or predictable passwords, but no rules about kinds
    of characters. zxcvbn estimates how many guesses an attacker needs who knows lists of leaked passwords,
    words, names, keyboard patterns and dates.

    Args:
        password: the new one.
        known_words: words of the account and of this installation, which an attacker would try first.

    Returns:
        `too_short` or `too_common`.
    """
    from zxcvbn import zxcvbn  # noqa: PLC0415 (its lists take a tenth of a second, and few ask for them)

    if len(password) < SHORTEST:
        return "too_short"
    estimate = zxcvbn(
        password[:_ESTIMATED], user_inputs=["streetwarden", *known_words], max_length=_ESTIMATED
    )
    return "too_common" if estimate["guesses"] < _FEWEST_GUESSES else None
