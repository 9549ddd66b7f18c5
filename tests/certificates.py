"""Certificates for tests, by the CA of `streetwarden tls`: valid, expired, and of another CA."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.servers.broker_tls import BrokerTls
from deploy.tls.folder import AuthorityFolder

LOOPBACK = ("127.0.0.1", "localhost")


class Certificates(AuthorityFolder):
    """A CA for one test.

    Args:
        folder: of the CA.
        name: of the CA.
    """

    def __init__(self, folder: Path, name: str = "a test's CA") -> None:
        super().__init__(folder)
        self.init(name, now=_now(), days=30)

    def server(self, name: str = "broker", *names: str, at: datetime | None = None, days: int = 7) -> str:
        """Issue a server's certificate, for this machine unless names are given; returns its name."""
        self.issue(name, names=names or LOOPBACK, now=at or _now(), days=days)
        return name

    def client(self, name: str = "center-ingest", *, at: datetime | None = None, days: int = 7) -> str:
        """Issue a client's certificate; returns its name."""
        self.issue(name, names=(), now=at or _now(), days=days)
        return name

    def broker(self, name: str = "broker", *, client_certificates: bool = False) -> BrokerTls:
        """The TLS files of a broker with a certificate issued before."""
        return BrokerTls(
            ca=self.ca,
            crl=self.crl,
            certificate=self.certificate(name),
            key=self.key(name),
            client_certificates=client_certificates,
        )

    def settings(self, client: str | None = None) -> dict[str, Any]:
        """The settings of a program that trusts this CA, and shows a client's certificate."""
        own = {} if client is None else {
            "broker_certificate_file": self.certificate(client), "broker_key_file": self.key(client),
        }  # fmt: skip
        return {"broker_ca_file": self.ca, "broker_crl_file": self.crl, **own}


def days_ago(days: float) -> datetime:
    """A time in the past or in the future."""
    return _now() - timedelta(days=days)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
