"""Checks of the broker: it accepts our accounts, and isolates them from each other.

Only `doctor`'s own accounts are used. A probe that logged in as ingest would take over ingest's session, and
with a clean start discard its queue.
"""

from __future__ import annotations

from typing import Final

from deploy import broker_probe
from deploy.broker_probe import BrokerError, Login, RefusedError
from deploy.doctor.finding import Finding, doubtful, ok, split, wrong
from deploy.installation import Installation
from deploy.servers.mosquitto import DOCTOR_DEVICE, DOCTOR_USER
from program.tls import TlsFiles

FOREIGN_TOPIC: Final = "sw/1/000000/vehicle/streetwarden-doctor/status"
"""A topic of a sender that no broker has as a user; an empty message there has no effect."""

FOREIGN_DISTRICT: Final = f"sw/1/999999/{DOCTOR_DEVICE}/status"
"""The device's topic in a foreign district, which the ACL file alone cannot refuse."""

_TRIES: Final = 3
_RULES: Final = "the accounts and rules of docs/installation.md"


def check(where: Installation) -> list[Finding]:
    """All of them."""
    url, tls, doctor, device = where.broker_url, where.broker_tls, where.doctor, where.doctor_device
    try:
        if broker_probe.lets_anybody_in(url, tls=tls):
            return [
                ok("broker", f"{url} answers"),
                wrong("broker's accounts", "a client without a user is let in", f"give the broker {_RULES}"),
            ]
        if doctor is None:
            return [
                ok("broker", f"{url} answers, and refuses a client without a user"),
                doubtful(
                    "broker's rules",
                    f"not tried, for the password of {DOCTOR_USER} is not known here",
                    f"give it in STREETWARDEN_DOCTOR_PASSWORD, that of {DOCTOR_DEVICE} in "
                    "STREETWARDEN_DOCTOR_DEVICE_PASSWORD",
                ),
            ]
        broker_probe.log_in(url, doctor, tls=tls)
    except BrokerError as error:
        return [wrong("broker", *split(str(error)))]
    return [ok("broker", f"{url} lets {doctor.user} in"), *_apart(url, tls, doctor, device)]


def _apart(url: str, tls: TlsFiles, doctor: Login, device: Login | None) -> list[Finding]:
    """Tries forbidden actions as a device."""
    if device is None:
        return [
            doubtful(
                "broker's rules",
                f"not tried, for the password of {DOCTOR_DEVICE} is not known here",
                "give it in STREETWARDEN_DOCTOR_DEVICE_PASSWORD",
            )
        ]
    try:
        return [topics(url, device, tls=tls), takeover(url, doctor, device, tls=tls)]
    except RefusedError as error:
        return [doubtful("broker's rules", *split(str(error)))]
    except BrokerError as error:
        return [wrong("broker's rules", *split(str(error)))]


def topics(url: str, device: Login, *, tls: TlsFiles) -> Finding:
    """Checks that a device cannot write on the topic of another."""
    if broker_probe.takes(url, FOREIGN_TOPIC, device, tls=tls):
        return wrong(
            "broker's rules",
            f"{device.user} may write on {FOREIGN_TOPIC}, which belongs to another",
            f"give the broker {_RULES}",
        )
    if broker_probe.takes(url, FOREIGN_DISTRICT, device, tls=tls):
        return doubtful(
            "broker's rules",
            f"{device.user} may write for any district: without the plugin of limits one device can fill the "
            "broker for all",
            "load streetwarden_limits into Mosquitto, see docs/installation.md",
        )
    return ok("broker's rules", "foreign topics and districts are refused")


def takeover(url: str, doctor: Login, device: Login, *, tls: TlsFiles) -> Finding:
    """Checks that a device cannot take over the session of another account by its client id."""
    # Another `doctor` at the same time takes ours over by right, but hardly each time.
    tries = (broker_probe.can_take_over(url, owner=doctor, stranger=device, tls=tls) for _ in range(_TRIES))
    if all(tries):
        return wrong(
            "broker's sessions",
            f"{device.user} took over the session of {doctor.user} by its client id, so any device can "
            "silence ingest",
            "tie client ids to users (Mosquitto: use_username_as_clientid true), see docs/installation.md",
        )
    return ok("broker's sessions", "client ids are tied to users; a takeover failed")
