"""Certificates of one small CA, by the library `cryptography`; the time is passed in, no file is touched.

ECDSA on P-256. A certificate is a server's, for the names and addresses in its subjectAltName, or a client's;
the extended key usage keeps one from passing for the other (RFC 5280, 4.2.1.12).
"""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.errors import DeployError

CA_DAYS: Final = 3650
SERVER_DAYS: Final = 365
CLIENT_DAYS: Final = 730

_BEFORE: Final = timedelta(hours=1)
"""Certificates are valid from this long before their creation, for clocks that are slightly slow."""


class TlsAuthorityError(DeployError):
    """The CA cannot do what was requested; the text says why, and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """One line of the revocation list.

    Attributes:
        serial: the certificate's number.
        at: when it was revoked, aware.
    """

    serial: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A CA: its certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def issue(
        self, name: str, *, names: Sequence[str], key: ec.EllipticCurvePrivateKey, now: datetime, days: int
    ) -> x509.Certificate:
        """A certificate for a key.

        Args:
            name: of its owner, such as `broker` or `box/box-1`; its common name.
            names: DNS names and addresses of a server; empty for a client.
            key: the key it is for.
            now: aware.
            days: how long it is valid; never longer than the CA.

        Raises:
            TlsAuthorityError: the CA has expired, or a name is invalid.
        """
        if now >= self.certificate.not_valid_after_utc:
            raise TlsAuthorityError(
                f"the CA expired on {self.certificate.not_valid_after_utc:%Y-%m-%d}; make another in a new "
                "folder with streetwarden tls init, and give both CAs to the programs until all have changed"
            )
        usage = ExtendedKeyUsageOID.SERVER_AUTH if names else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = (
            _builder(
                subject=_subject(name),
                issuer=self.certificate.subject,
                key=key.public_key(),
                begins=now - _BEFORE,
                ends=min(now + timedelta(days=days), self.certificate.not_valid_after_utc),
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
        )
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_alternative(each) for each in names]), critical=False
            )
        return builder.sign(self.key, hashes.SHA256())

    def revocation_list(self, revoked: Iterable[Revoked], *, now: datetime) -> x509.CertificateRevocationList:
        """Revocation list; as valid as the CA, because with an expired list programs refuse everybody."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(self.certificate.not_valid_before_utc)
            .next_update(self.certificate.not_valid_after_utc)
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
        )
        for one in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(one.serial).revocation_date(one.at).build()
            )
        return builder.sign(self.key, hashes.SHA256())


def new_authority(name: str, *, now: datetime, days: int = CA_DAYS) -> Authority:
    """A CA with a key of its own, which may sign certificates but no other CA."""
    key = new_key()
    certificate = (
        _builder(
            subject=_subject(name),
            issuer=_subject(name),
            key=key.public_key(),
            begins=now - _BEFORE,
            ends=now + timedelta(days=days),
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate=certificate, key=key)


def new_key() -> ec.EllipticCurvePrivateKey:
    """A private key on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def pem(made: x509.Certificate | x509.CertificateRevocationList) -> bytes:
    """A certificate or a revocation list as PEM."""
    return made.public_bytes(serialization.Encoding.PEM)


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key as PEM, not encrypted, because programs start unattended."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def names_of(certificate: x509.Certificate) -> list[str]:
    """The DNS names and addresses of a certificate; empty for a client's."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = found.get_values_for_type(x509.IPAddress)
    return [*found.get_values_for_type(x509.DNSName), *map(str, addresses)]


def _builder(
    *,
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    begins: datetime,
    ends: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(begins, ends))
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _subject(name: str) -> x509.Name:
    try:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Streetwarden"),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )
    except ValueError:
        raise TlsAuthorityError(
            f"{name!r} is too long for a certificate; give 64 characters at most"
        ) from None


def _alternative(name: str) -> x509.GeneralName:
    with contextlib.suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(name))
    with contextlib.suppress(ValueError):
        if name and not set("/:@ *") & set(name):
            return x509.DNSName(name.encode("idna").decode("ascii"))
    raise TlsAuthorityError(
        f"{name!r} is neither a host name nor an address; give one such as broker.example or 192.0.2.7"
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
