"""Checks of TLS: expiry of certificates, permissions of keys, unencrypted connections."""

from __future__ import annotations

import ipaddress
import stat
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from deploy.doctor.finding import Finding, doubtful, ok, wrong
from deploy.installation import Installation
from program.broker_address import BrokerAddress
from program.errors import SettingsError

_METRIC: Final = "streetwarden_certificate_expiry_timestamp_seconds"
_DAY_S: Final = 86_400.0
_SOON_DAYS: Final = 30
_NOW_DAYS: Final = 2
_RENEW: Final = "renew it (streetwarden tls renew) and copy it to where it is used; see docs/runbook.md"


def check(where: Installation) -> Iterator[Finding]:
    """All of them."""
    yield from transport(where.broker_url)
    if where.broker_tls.key:
        yield key(Path(where.broker_tls.key))
    found = {
        f"{certificate} of {name}": expires_at
        for name, (address, port) in where.metrics.items()
        for certificate, expires_at in _expiries(address, port)
    }
    if found:
        yield expiry(found, now=time.time())


def transport(broker_url: str) -> Iterator[Finding]:
    """Checks that passwords do not cross a network unencrypted."""
    try:
        address = BrokerAddress.parse(broker_url)
    except SettingsError:
        return  # another check says so
    if not address.secure and not _is_this_machine(address.host):
        yield doubtful(
            "encryption",
            f"passwords and positions go to the broker at {address} unencrypted",
            "give the broker a certificate and programs and devices mqtts://; see docs/installation.md",
        )


def key(file: Path) -> Finding:
    """Checks that only the owner can read a private key."""
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except OSError as error:
        return wrong("key", f"{file} cannot be seen ({error.strerror})", "correct broker.key_file")
    if mode & stat.S_IRWXO:
        return doubtful("key", f"everybody on this machine may use {file}", f"run: chmod 600 {file}")
    return ok("key", f"{file} is not for everybody")


def expiry(found: dict[str, float], *, now: float) -> Finding:
    """Checks the expiry of the certificate that expires first.

    Args:
        found: the expiry of each certificate, by its name.
        now: epoch seconds.
    """
    first = min(found, key=lambda name: found[name])
    days = (found[first] - now) / _DAY_S
    if days < 0:
        return wrong("certificates", f"the {first} certificate has expired {-days:.0f} days ago", _RENEW)
    told = f"the {first} certificate expires first, in {days:.0f} days"
    if days < _NOW_DAYS:
        return wrong("certificates", told, _RENEW)
    return doubtful("certificates", told, _RENEW) if days < _SOON_DAYS else ok("certificates", told)


def _expiries(address: str, port: int) -> Iterator[tuple[str, float]]:
    """The expiry times in a program's metrics; empty if it does not answer, which another check reports."""
    host = f"[{address}]" if ":" in address else address
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        families = list(text_string_to_metric_families(text))
    except (OSError, ValueError):
        return
    for family in families:
        if family.name == _METRIC:
            for sample in family.samples:
                yield sample.labels["certificate"], sample.value


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
