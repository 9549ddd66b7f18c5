"""The CA's folder: its certificate and key, the issued certificates, its revocation list.

    ca.pem  ca-key.pem  crl.pem  issued.json  issued/broker.pem  issued/broker-key.pem  issued/box/box-1.pem

Keys are readable by their owner only. Files are replaced atomically, so no program reads a partial file.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from deploy.tls.authority import (
    CLIENT_DAYS,
    SERVER_DAYS,
    Authority,
    Revoked,
    TlsAuthorityError,
    key_pem,
    names_of,
    new_authority,
    new_key,
    pem,
)

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)?", re.ASCII)


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate that the CA has signed.

    Attributes:
        name: of its owner.
        serial: its number, hexadecimal.
        names: DNS names and addresses; empty for a client's.
        expires_at: aware.
        revoked_at: aware; None if it is not revoked.
    """

    name: str
    serial: str
    names: list[str]
    expires_at: datetime
    revoked_at: datetime | None = None

    def counts(self, now: datetime) -> bool:
        """Whether it is still valid."""
        return self.revoked_at is None and now < self.expires_at


class AuthorityFolder:
    """One CA on disk.

    Args:
        path: its folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    @property
    def ca(self) -> Path:
        """The CA's certificate, which is public."""
        return self.path / "ca.pem"

    @property
    def crl(self) -> Path:
        """The revocation list, which is public."""
        return self.path / "crl.pem"

    def certificate(self, name: str) -> Path:
        """The path of a certificate."""
        return self.path / "issued" / f"{_checked(name)}.pem"

    def key(self, name: str) -> Path:
        """The path of its key."""
        return self.path / "issued" / f"{_checked(name)}-key.pem"

    def exists(self) -> bool:
        """Whether there is a CA."""
        return self.ca.exists()

    def init(self, name: str, *, now: datetime, days: int) -> None:
        """Make a CA.

        Raises:
            TlsAuthorityError: there is one already, or the folder cannot be written.
        """
        with self._locked():
            if self.exists() or self._ca_key.exists():
                raise TlsAuthorityError(
                    f"{self.path} holds a CA already; give --folder a new folder, or go on with that one"
                )
            authority = new_authority(name, now=now, days=days)
            _write(self._ca_key, key_pem(authority.key), mode=0o600)
            self._write_record([], authority, now=now)
            _write(self.ca, pem(authority.certificate), mode=0o644)

    def issue(self, name: str, *, names: Sequence[str], now: datetime, days: int | None = None) -> Issued:
        """Issue a certificate with a new key; one of the same name stays valid until it is revoked.

        Raises:
            TlsAuthorityError: there is no CA, it has expired, or a name is invalid.
        """
        with self._locked():
            return self._issue(name, names=names, key=new_key(), now=now, days=days)

    def renew(self, name: str, *, now: datetime, days: int | None = None) -> Issued:
        """Renew a certificate for the same key and names.

        Certificate and key are two files; because the key stays, the two always match.

        Raises:
            TlsAuthorityError: none was issued for that name, or it was revoked.
        """
        with self._locked():
            newest = self._newest(name)
            if newest is None or newest.revoked_at is not None:
                raise TlsAuthorityError(
                    f"no valid certificate was issued for {name}; "
                    f"issue one with streetwarden tls issue {name}"
                )
            key = _read_key(self.key(name))
            return self._issue(name, names=newest.names, key=key, now=now, days=days)

    def revoke(self, name: str, *, now: datetime) -> list[Issued]:
        """Revoke every valid certificate of a name, and write the revocation list.

        Raises:
            TlsAuthorityError: there is no valid certificate of that name.
        """
        with self._locked():
            record = self.issued()
            gone = [one for one in record if one.name == name and one.counts(now)]
            if not gone:
                raise TlsAuthorityError(
                    f"no valid certificate was issued for {name}; streetwarden tls list shows those that were"
                )
            changed = [msgspec.structs.replace(one, revoked_at=now) if one in gone else one for one in record]
            self._write_record(changed, self._authority(), now=now)
            return gone

    def issued(self) -> list[Issued]:
        """All certificates ever issued, the oldest first.

        Raises:
            TlsAuthorityError: there is no CA, or its record cannot be read.
        """
        try:
            return msgspec.json.decode((self.path / "issued.json").read_bytes(), type=list[Issued])
        except FileNotFoundError:
            raise TlsAuthorityError(
                f"{self.path} holds no CA; make one with streetwarden tls init --folder {self.path}"
            ) from None
        except (OSError, msgspec.MsgspecError) as error:
            raise TlsAuthorityError(f"{self.path / 'issued.json'} cannot be read ({error})") from None

    def newest(self) -> list[Issued]:
        """The newest certificate of each name, if it was not revoked; expired ones too."""
        newest = {one.name: one for one in self.issued()}
        return [one for one in newest.values() if one.revoked_at is None]

    def due(self, *, now: datetime, within_days: float) -> list[Issued]:
        """The certificates of `newest` that expire within this number of days."""
        return [one for one in self.newest() if one.expires_at < now + timedelta(days=within_days)]

    def _issue(
        self,
        name: str,
        *,
        names: Sequence[str],
        key: ec.EllipticCurvePrivateKey,
        now: datetime,
        days: int | None,
    ) -> Issued:
        record, authority = self.issued(), self._authority()
        usual = SERVER_DAYS if names else CLIENT_DAYS
        made = authority.issue(_checked(name), names=names, key=key, now=now, days=days or usual)
        issued = Issued(
            name=name,
            serial=f"{made.serial_number:x}",
            names=names_of(made),
            expires_at=made.not_valid_after_utc,
        )
        self._write_record([*record, issued], authority, now=now)
        self.certificate(name).parent.mkdir(parents=True, exist_ok=True)
        _write(self.key(name), key_pem(key), mode=0o600)
        _write(self.certificate(name), pem(made), mode=0o644)
        return issued

    def _newest(self, name: str) -> Issued | None:
        return next((one for one in reversed(self.issued()) if one.name == name), None)

    def _write_record(self, record: Sequence[Issued], authority: Authority, *, now: datetime) -> None:
        revoked = [
            Revoked(serial=int(one.serial, 16), at=one.revoked_at)
            for one in record
            if one.revoked_at is not None
        ]
        # The list first: a revocation that is recorded and not on the list could not be made up for.
        _write(self.crl, pem(authority.revocation_list(revoked, now=now)), mode=0o644)
        encoded = msgspec.json.format(msgspec.json.encode(record)) + b"\n"
        _write(self.path / "issued.json", encoded, mode=0o644)

    def _authority(self) -> Authority:
        try:
            certificate = x509.load_pem_x509_certificate(self.ca.read_bytes())
        except (OSError, ValueError) as error:
            raise TlsAuthorityError(f"{self.ca} cannot be read ({error})") from None
        key = _read_key(self._ca_key)
        if key.public_key() != certificate.public_key():
            raise TlsAuthorityError(f"{self._ca_key} is not the key of {self.ca}; put the right one there")
        return Authority(certificate=certificate, key=key)

    @property
    def _ca_key(self) -> Path:
        return self.path / "ca-key.pem"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            file = (self.path / ".lock").open("a")
        except OSError as error:
            raise TlsAuthorityError(
                f"cannot write into {self.path} ({error.strerror}); give --folder another place"
            ) from None
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                yield
            except OSError as error:
                raise TlsAuthorityError(
                    f"cannot write into {self.path} ({error.strerror}); make room, or see to its permissions"
                ) from None


def now() -> datetime:
    """The time, aware, to the second, as certificates have it."""
    return datetime.now(UTC).replace(microsecond=0)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise TlsAuthorityError(
            f"{name!r} is no name for a certificate; give one such as broker, center or box/box-1"
        )
    return name


def _read_key(file: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise TlsAuthorityError(
            f"{file} cannot be read ({error}); put the key back from its backup"
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TlsAuthorityError(f"{file} is no key of this CA (ECDSA); put the key back from its backup")
    return key


def _write(file: Path, data: bytes, *, mode: int) -> None:
    """Write a file atomically; its permissions are never wider than intended."""
    draft = file.with_name(f".{file.name}.new")
    draft.unlink(missing_ok=True)
    opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(opened, "wb") as out:  # noqa: PTH123 (a descriptor)
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    draft.chmod(mode)
    if os.geteuid() == 0 and file.exists():  # a key that belongs to a program stays that program's
        before = file.stat()
        os.chown(draft, before.st_uid, before.st_gid)
    draft.rename(file)
