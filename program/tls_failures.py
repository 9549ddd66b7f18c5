"""TLS failures in words: what is wrong; what to do."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

_NTP: Final = "set the clock by NTP (chrony, systemd-timesyncd)"
_UNKNOWN_CA: Final = (
    "{certificate} is by a CA that {trusted} does not know; give the certificate of that CA in {ca_file}"
)
_WRONG_NAME: Final = (
    "{certificate} is for another name than the one in the address; use a name that it is for, or issue one "
    "for this name (streetwarden tls issue --name)"
)
_WRONG_PURPOSE: Final = (
    "{certificate} is not a server certificate; issue one for a server (streetwarden tls issue --name)"
)
_UNCHECKED: Final = (
    "{crl_file} {why}: {certificate} cannot be checked; give the newest list of the CA that issued it"
)
_VERIFY: Final[Mapping[int, str]] = MappingProxyType(
    {
        9: f"{{certificate}} is not valid yet by this machine's clock ({{now}}); {_NTP}",
        10: f"{{certificate}}, or its CA's, has expired by this machine's clock ({{now}}); renew it, or "
        f"{_NTP}",
        23: "{certificate} was revoked; check that this is the right server, and issue a new one",
        3: _UNCHECKED.replace("{why}", "is of another CA"),
        11: _UNCHECKED.replace("{why}", "is not valid yet"),
        12: _UNCHECKED.replace("{why}", "has expired"),
        **dict.fromkeys((2, 18, 19, 20, 21, 24), _UNKNOWN_CA),
        **dict.fromkeys((26, 28), _WRONG_PURPOSE),
        **dict.fromkeys((62, 64), _WRONG_NAME),
    }
)
"""Sentences by OpenSSL's error number, `X509_V_ERR_…` in openssl/x509_vfy.h."""

_ISSUE: Final = "issue one for a client (streetwarden tls issue)"
_ALERTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CERTIFICATE_REQUIRED": "requires a certificate of ours; give {certificate_file} and {key_file}",
        "HANDSHAKE_FAILURE": "refuses the handshake, probably because it requires a certificate of "
        "ours; give {certificate_file} and {key_file}",
        "CERTIFICATE_EXPIRED": "says that our certificate has expired; renew it (streetwarden tls renew), or "
        "check the clocks of both",
        "CERTIFICATE_REVOKED": "says that our certificate was revoked; issue another one (streetwarden tls "
        "issue)",
        "UNSUPPORTED_CERTIFICATE": f"refuses our certificate, which is not a client certificate; {_ISSUE}",
        "CERTIFICATE_UNKNOWN": f"refuses our certificate; {_ISSUE}",
        "BAD_CERTIFICATE": f"refuses our certificate; {_ISSUE}",
        "UNKNOWN_CA": "does not know the CA of our certificate; give a certificate by the CA that it trusts",
        "PROTOCOL_VERSION": "does not support TLS 1.2 or newer; update it",
    }
)
"""Sentences about a peer's refusal, by the end of OpenSSL's name for the alert."""

_NO_TLS: Final = frozenset(
    {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "BAD_RECORD_TYPE"}
)


def tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """The TLS failure that caused an error, directly or not."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, ssl.SSLError):
            return error
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None


def in_words(error: ssl.SSLError, *, server: str, ca: str, setting: Callable[[str], str]) -> str:
    """A TLS failure in one sentence.

    Args:
        error: the failure.
        server: the server, such as `the broker at 127.0.0.1:8883`.
        ca: the file with the trusted CA; empty if the machine's are used.
        setting: returns a setting's full name from its short name.
    """
    reason = error.reason or ""
    words = {
        "now": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "certificate": f"the certificate of {server}",
        "trusted": f"{setting('ca_file')} {ca}" if ca else "this machine",
        **{name: setting(name) for name in ("ca_file", "crl_file", "certificate_file", "key_file")},
    }
    if isinstance(error, ssl.SSLCertVerificationError):
        said = f"{{certificate}} cannot be trusted ({error.verify_message}); check it, or {{ca_file}}"
        return _VERIFY.get(error.verify_code, said).format(**words)
    if reason in _NO_TLS:
        return (
            f"{server} does not use TLS there; give the port of its TLS listener (8883 for MQTT), or mqtt:// "
            "for one without"
        )
    for end, sentence in _ALERTS.items():
        if reason.endswith(end):
            return f"{server} {sentence.format(**words)}"
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return (
            f"{server} closed the connection during the TLS handshake; its log says why, perhaps because it "
            "does not accept our certificate (revoked, expired, of another CA, or none)"
        )
    return f"no TLS with {server} ({reason or error}); see its log"
