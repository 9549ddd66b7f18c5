"""`streetwarden doctor` without a role: checks this machine's stack, or the programs in the variables."""

from __future__ import annotations

import os
from pathlib import Path

from deploy.doctor import machine, services
from deploy.doctor.finding import Finding, ok
from deploy.installation import find
from deploy.stack.folder import StackFolder


async def examine(folder: Path) -> list[Finding]:
    """All checks of this machine, its servers and programs."""
    stack = StackFolder(folder)
    where = find(stack, os.environ)
    own_servers = bool(
        os.environ.get("STREETWARDEN_DATABASE_URL") and os.environ.get("STREETWARDEN_MQTT_URL")
    )
    findings = [ok("installation", where.source)]
    findings += machine.check(folder=folder, system=stack.system(), own_servers=own_servers)
    findings += [finding async for finding in services.check(where)]
    return findings
