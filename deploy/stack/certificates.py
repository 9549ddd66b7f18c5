"""The stack's own CA: certificates for its broker and center, and for clients if the broker requires them."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from deploy.servers.broker_tls import BrokerTls
from deploy.stack.folder import StackFolder
from deploy.tls.authority import CA_DAYS
from deploy.tls.folder import AuthorityFolder
from program.tls import TlsFiles

BROKER: Final = "broker"
CENTER: Final = "center"
FLEET: Final = "city"
"""One certificate for all devices of the simulated city; their passwords tell them apart."""

_RENEW_DAYS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """All certificates of the stack; `streetwarden tls --folder` works on the same folder.

    Attributes:
        authority: the CA's folder.
        clients: whether the broker requires client certificates.
    """

    authority: AuthorityFolder
    clients: bool

    @classmethod
    def keep(cls, folder: StackFolder, *, clients: bool, users: Iterable[str], now: datetime) -> Self:
        """Create missing certificates, and renew those that expire soon.

        Args:
            folder: the stack's.
            clients: whether the broker requires client certificates.
            users: that need client certificates.
            now: aware.

        Raises:
            DeployError: they cannot be created.
        """
        certificates = cls(authority=AuthorityFolder(folder / "tls"), clients=clients)
        authority = certificates.authority
        if not authority.exists():
            authority.init("Streetwarden stack", now=now, days=CA_DAYS)
        there = {one.name for one in authority.newest()}
        here = ["127.0.0.1", "::1", "localhost", socket.gethostname()]
        for name in {BROKER, CENTER} - there:
            authority.issue(name, names=here, now=now)
        for name in set(users if clients else ()) - there:
            authority.issue(name, names=(), now=now)
        certificates.renew(now=now)
        return certificates

    def renew(self, *, now: datetime) -> list[str]:
        """Renew certificates that expire within a month; returns their names."""
        due = [one.name for one in self.authority.due(now=now, within_days=_RENEW_DAYS)]
        for name in due:
            self.authority.renew(name, now=now)
        return due

    def of_client(self, name: str) -> TlsFiles:
        """The TLS files for a client of the broker."""
        return TlsFiles(
            ca=str(self.authority.ca),
            crl=str(self.authority.crl),
            certificate=str(self.authority.certificate(name)) if self.clients else "",
            key=str(self.authority.key(name)) if self.clients else "",
        )

    def of_broker(self) -> BrokerTls:
        """The broker's TLS files."""
        return BrokerTls(
            ca=self.authority.ca,
            crl=self.authority.crl,
            certificate=self.authority.certificate(BROKER),
            key=self.authority.key(BROKER),
            client_certificates=self.clients,
        )


def variables(program: str, files: TlsFiles, *, section: str = "broker") -> dict[str, str]:
    """A program's TLS settings of its connection to the broker, as environment variables."""
    given = {"CA": files.ca, "CRL": files.crl, "CERTIFICATE": files.certificate, "KEY": files.key}
    return {
        f"STREETWARDEN_{program}_{section}_{name}_FILE".upper(): file for name, file in given.items() if file
    }
