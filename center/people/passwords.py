"""Passwords, kept as argon2id with the parameters that RFC 9106 gives for little memory (64 MiB)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

SHORTEST: Final = 15
"""Characters of a new password: what NIST SP 800-63B-4 asks of one that is the only factor."""

LONGEST: Final = 200

_FEWEST_GUESSES: Final = 1e10
_ESTIMATED: Final = 72
"""Characters that are looked at; the estimate takes longer than in proportion."""

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


def why_refused(password: str, *, known_words: Sequence[str] = ()) -> str | None:
    """Why a new password is too weak; None if it is not.

    As NIST SP 800-63B-4 has it: a least length, and what is commonly used or can be expected is refused; no
    rules about kinds of characters. zxcvbn estimates how many guesses an attacker needs who knows lists of
    leaked passwords, words, names, keyboards and dates.

    Args:
        password: the new one.
        known_words: of its account and this installation, which an attacker would try first.

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
