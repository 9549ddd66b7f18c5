"""The check of one of our programs; it needs only packages that every machine has."""

from __future__ import annotations

from deploy.doctor.finding import Finding, ok, wrong
from deploy.stack.health import SILENT, waits_for


def program(name: str, address: str, port: int) -> Finding:
    """Checks that one of our programs does its work."""
    waiting = waits_for(port, address=address)
    if waiting is None:
        return ok(name, f"at work, /health on {address}:{port}")
    if waiting == SILENT:
        return wrong(
            name,
            f"does not answer on {address}:{port}",
            f"start it: streetwarden {name}; its log says why it ended",
        )
    return wrong(name, waiting, "its log says more; docs/runbook.md says what to look at")


def reachable(address: str) -> str:
    """The address for a client of a program that listens on `address`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 (it is compared, not bound)
