"""Certificates for `deploy/compose.tls.yaml`: made by the `setup` container, renewed when it runs again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from deploy.servers.broker_tls import BrokerTls
from deploy.tls.authority import CA_DAYS
from deploy.tls.folder import AuthorityFolder

VARIABLE: Final = "STREETWARDEN_TLS_NAMES"
"""Host names and addresses, separated by commas; only the override file sets it."""
PORT: Final = 8883

_RENEW_DAYS: Final = 60
_SERVERS: Final = ("broker", "center")


def certificates(
    names: str, folder: Path, *, now: datetime, write: Callable[[Path, str], None]
) -> BrokerTls | None:
    """Make or renew the certificates, and write those that services mount.

    Args:
        names: what clients call the broker and the center.
        folder: of the secrets; the CA is in its subfolder `tls`.
        now: aware.
        write: writes a file that a service may mount.

    Returns:
        The broker's certificates; None without names.

    Raises:
        DeployError: a name is invalid, or the folder cannot be written.
    """
    wanted = [name for name in (part.strip() for part in names.split(",")) if name]
    if not wanted:
        return None
    authority = AuthorityFolder(folder / "tls")
    if not authority.exists():
        authority.init("Streetwarden", now=now, days=CA_DAYS)
    newest = {one.name: one.names for one in authority.newest()}
    for server in _SERVERS:
        if sorted(newest.get(server, [])) != sorted(_as_issued(wanted)):
            authority.issue(server, names=wanted, now=now)
    for one in authority.due(now=now, within_days=_RENEW_DAYS):
        authority.renew(one.name, now=now)
    for name, file in (
        ("tls-ca", authority.ca),
        ("tls-crl", authority.crl),
        ("tls-center", authority.certificate("center")),
        ("tls-center-key", authority.key("center")),
    ):
        write(folder / name, file.read_text(encoding="ascii").strip())
    return BrokerTls(
        ca=authority.ca,
        crl=authority.crl,
        certificate=authority.certificate("broker"),
        key=authority.key("broker"),
    )


def _as_issued(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))
