"""TLS as a client: one context from the files in the settings, and one sentence for each failure.

TLS 1.2 or newer. The server's certificate and its host name are always verified; no setting turns this off.
Changed files are read again: a renewed certificate is used from the next connection on, without a restart.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from program.broker_address import BrokerAddress
from program.errors import ProgramError
from program.tls_failures import in_words, tls_error


class TlsError(ProgramError):
    """A TLS connection is not possible; the text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """The TLS files in the settings.

    Attributes:
        prefix: prefix of the settings' names in messages: `broker.`, or `--` for options of a command.
        ca: CA certificates (PEM) that verify the server; empty for those that the machine trusts.
        crl: revocation list (PEM) of that CA; empty for none.
        certificate: our own certificate (PEM), with its chain; empty for none.
        key: private key of that certificate (PEM); empty if it is in the same file.
    """

    prefix: str = "broker."
    ca: str = ""
    crl: str = ""
    certificate: str = ""
    key: str = ""

    def setting(self, name: str) -> str:
        """A setting's full name."""
        return self.prefix + (name.replace("_", "-") if self.prefix.startswith("-") else name)

    def given(self) -> Iterator[tuple[str, str]]:
        """The settings that name a file, and the files."""
        for name, file in (
            ("ca_file", self.ca),
            ("crl_file", self.crl),
            ("certificate_file", self.certificate),
            ("key_file", self.key),
        ):
            if file:
                yield self.setting(name), file

    def refuse_without_tls(self, address: str) -> None:
        """Refuse files that an unencrypted connection would not use.

        Raises:
            TlsError: some are given.
        """
        for name, _ in self.given():
            raise TlsError(
                f"{name} is given, but the connection to {address} is not encrypted; "
                f"give its address as mqtts://, or remove {name}"
            )


@dataclass(slots=True, kw_only=True)
class ClientTls:
    """TLS as a client; use `context` before each connection, and `explain` after a failed one.

    Attributes:
        files: the files in the settings.
        server: the server's name in sentences: `the broker`.
        server_expires_at: when the server's last certificate expires, epoch seconds.
    """

    files: TlsFiles
    server: str = "the broker"
    server_expires_at: float | None = None
    _context: ssl.SSLContext | None = field(default=None, repr=False)
    _seen: tuple[tuple[int, int, int], ...] = field(default=(), repr=False)

    def context(self) -> ssl.SSLContext:
        """The context for the next connection; the files are read again if they have changed.

        Raises:
            TlsError: a file cannot be read, is not PEM, or the key does not fit the certificate.
        """
        seen = tuple(file_state(name, file) for name, file in self.files.given())
        if self._context is None or seen != self._seen:
            self._context, self._seen = _client_context(self.files), seen
        return self._context

    def connected(self, peer: object) -> None:
        """Note the result of `getpeercert()`."""
        after = peer.get("notAfter") if isinstance(peer, dict) else None
        self.server_expires_at = None if after is None else float(ssl.cert_time_to_seconds(after))

    def expiries(self) -> dict[str, float]:
        """When each certificate in use expires, epoch seconds: `server`, `client`, `ca`."""
        found: dict[str, float] = {}
        if self.server_expires_at is not None:
            found["server"] = self.server_expires_at
        if self.files.ca and self._context is not None:
            dates = [ssl.cert_time_to_seconds(str(ca["notAfter"])) for ca in self._context.get_ca_certs()]
            if dates:
                found["ca"] = float(min(dates))
        if self.files.certificate:
            expires_at = expiry_of(self.files.certificate)
            if expires_at is not None:
                found["client"] = expires_at
        return found

    def explain(self, error: BaseException, *, address: str) -> str:
        """A failed connection in words: what is wrong; what to do.

        Args:
            error: the error that ended the connection.
            address: host and port of the server.
        """
        cause = tls_error(error)
        if cause is None:
            return str(error) or type(error).__name__
        where = f"{self.server} at {address}"
        return in_words(cause, server=where, ca=self.files.ca, setting=self.files.setting)


def client_tls(address: BrokerAddress, files: TlsFiles) -> ClientTls | None:
    """TLS to a broker, with files loaded once; None for an address without TLS.

    Raises:
        TlsError: a file cannot be used, or is given although the address is without TLS.
    """
    if not address.secure:
        files.refuse_without_tls(str(address))
        return None
    tls = ClientTls(files=files)
    tls.context()
    return tls


def expiry_of(file: str) -> float | None:
    """When the first certificate of a PEM file expires, epoch seconds; None if it cannot be read.

    The library is imported here, because it takes 20 MB and only programs with a certificate need it.
    """
    from cryptography import x509  # noqa: PLC0415

    try:
        return x509.load_pem_x509_certificate(Path(file).read_bytes()).not_valid_after_utc.timestamp()
    except (OSError, ValueError):
        return None


def load_own_certificate(
    context: ssl.SSLContext, *, certificate: tuple[str, str], key: tuple[str, str]
) -> None:
    """Load a certificate and its key into a context.

    Args:
        context: takes them; connections from now on use them.
        certificate: the setting's name, and the file.
        key: the setting's name, and the file; without a file the key is in the certificate's file.

    Raises:
        TlsError: a file cannot be read, is not PEM, or the key does not fit.
    """
    for name, file in (certificate, key):
        if file:
            file_state(name, file)
    where = key if key[1] else certificate
    encrypted = False

    def ask() -> str:  # without it OpenSSL would ask at the terminal
        nonlocal encrypted
        encrypted = True
        return ""

    try:
        context.load_cert_chain(certificate[1], key[1] or None, password=ask)
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None) or ""
        if encrypted:
            raise TlsError(
                f"{where[0]} {where[1]} is encrypted; give the key without a passphrase, mode 0600"
            ) from None
        if reason == "KEY_VALUES_MISMATCH":
            raise TlsError(
                f"{where[0]} {where[1]} does not fit {certificate[0]} {certificate[1]}; "
                "give the key with which that certificate was issued"
            ) from None
        raise TlsError(
            f"{certificate[0]} {certificate[1]} with {where[0]} {where[1]} cannot be used "
            f"({reason or error}); give a certificate and its private key, both PEM"
        ) from None


def _client_context(files: TlsFiles) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=files.ca or None)
    except ssl.SSLError:
        raise TlsError(
            f"{files.setting('ca_file')} {files.ca} contains no certificate; give the CA's certificate, PEM"
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if files.crl:
        before = context.cert_store_stats()
        with contextlib.suppress(ssl.SSLError):
            context.load_verify_locations(files.crl)
        after = context.cert_store_stats()
        if (
            after["crl"] == before["crl"] or after["x509"] != before["x509"]
        ):  # this file makes no certificate trusted
            raise TlsError(
                f"{files.setting('crl_file')} {files.crl} is not only a revocation list; give a crl.pem"
            )
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    if files.key and not files.certificate:
        raise TlsError(
            f"{files.setting('key_file')} is given without a certificate; "
            f"give {files.setting('certificate_file')} too"
        )
    if files.certificate:
        load_own_certificate(
            context,
            certificate=(files.setting("certificate_file"), files.certificate),
            key=(files.setting("key_file"), files.key),
        )
    return context


def file_state(name: str, file: str) -> tuple[int, int, int]:
    """Values that differ after a file was replaced.

    Raises:
        TlsError: it cannot be read.
    """
    try:
        with Path(file).open("rb") as opened:
            opened.read(1)
        found = Path(file).stat()
    except OSError as error:
        raise TlsError(
            f"{name} {file} cannot be used ({error.strerror}); give the path of a file that can be read"
        ) from None
    return found.st_mtime_ns, found.st_size, found.st_ino
