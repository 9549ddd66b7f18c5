"""Signatures by Standard Webhooks (standardwebhooks.com): HMAC-SHA256 over the id, the time and the body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Final

ID_HEADER: Final = "webhook-id"
TIME_HEADER: Final = "webhook-timestamp"
SIGNATURE_HEADER: Final = "webhook-signature"
TOLERANCE_S: Final = 300
"""Seconds by which the time of a message may differ from ours."""

_TIME: Final = re.compile(r"[0-9]{1,12}")
_PREFIX: Final = "whsec_"
_BYTES: Final = 32
_SHORTEST, _LONGEST = 24, 64  # bytes, by the specification


class SignatureError(ValueError):
    """A secret or a signature is not valid; the text says why."""


def new_secret() -> bytes:
    """A new secret."""
    return secrets.token_bytes(_BYTES)


def write_secret(secret: bytes) -> str:
    """A secret as people copy it: `whsec_` and Base64."""
    return _PREFIX + base64.b64encode(secret).decode()


def read_secret(text: str) -> bytes:
    """A secret from its text.

    Raises:
        SignatureError: it is not Base64, or is too short or too long.
    """
    try:
        secret = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise SignatureError("the secret is not Base64; copy all of it, beginning with whsec_") from None
    if not _SHORTEST <= len(secret) <= _LONGEST:
        raise SignatureError(f"the secret has {len(secret)} bytes; it must have {_SHORTEST} to {_LONGEST}")
    return secret


def headers(message_id: str, at_s: int, body: bytes, secrets_of: Iterable[bytes]) -> dict[str, str]:
    """The headers of a message.

    Args:
        message_id: the same for each attempt.
        at_s: epoch seconds of the attempt.
        body: the message.
        secrets_of: one, or two while a secret is replaced.
    """
    signatures = " ".join(_signature(message_id, str(at_s), body, secret) for secret in secrets_of)
    return {ID_HEADER: message_id, TIME_HEADER: str(at_s), SIGNATURE_HEADER: signatures}


def verify(given: Mapping[str, str], body: bytes, secrets_of: Iterable[bytes], *, now_s: float) -> str:
    """Check a message; returns its id.

    Args:
        given: the headers, with lower-case names.
        body: the message.
        secrets_of: each secret that is valid.
        now_s: epoch seconds.

    Raises:
        SignatureError: a header is missing, the time is too far off, or no signature matches.
    """
    message_id, time, signatures = (
        given.get(name, "") for name in (ID_HEADER, TIME_HEADER, SIGNATURE_HEADER)
    )
    if not (message_id and time and signatures):
        raise SignatureError(f"send the headers {ID_HEADER}, {TIME_HEADER} and {SIGNATURE_HEADER}")
    if not _TIME.fullmatch(time) or abs(now_s - int(time)) > TOLERANCE_S:
        raise SignatureError(
            f"{TIME_HEADER} is not within {TOLERANCE_S} s of our clock; check the clock, and sign each "
            "attempt anew"
        )
    expected = [_signature(message_id, time, body, secret).encode() for secret in secrets_of]
    for signature in signatures.split(" "):
        if any(hmac.compare_digest(signature.encode(), each) for each in expected):
            return message_id
    raise SignatureError("the signature does not match; compare the secrets of both sides")


def _signature(message_id: str, time: str, body: bytes, secret: bytes) -> str:
    signed = f"{message_id}.{time}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
