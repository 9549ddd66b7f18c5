"""The check of a program of ours; it needs nothing beyond what every machine has."""

from __future__ import annotations

from deploy.doctor.finding import Finding, ok, wrong
from deploy.stack.health import SILENT, waits_for


def program(name: str, address: str, port: int) -> Finding:
    """A program of ours does its work."""
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
    """What a client calls an address on which a program listens."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 (it is compared, not bound)
