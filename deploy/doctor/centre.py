"""Checks of a machine that runs ingest, the worker or the center."""

from __future__ import annotations

from collections.abc import AsyncIterator

from center.settings import Settings as CenterSettings
from deploy.adapters_command import acl_lines
from deploy.doctor import roles, services
from deploy.doctor.case_policy import case_policy
from deploy.doctor.finding import Finding, ok
from deploy.doctor.programs import program as program_check
from deploy.doctor.programs import reachable
from deploy.installation import Installation
from ingest.settings import Settings as IngestSettings
from worker.settings import Settings as WorkerSettings


async def check(
    program: str, chosen: IngestSettings | WorkerSettings | CenterSettings
) -> AsyncIterator[Finding]:
    """Checks of database, evidence, broker and the program itself, by the program's settings."""
    where = Installation(
        source=f"{program}'s settings",
        database_url=chosen.database.full_url(),
        broker_url=chosen.broker.url if isinstance(chosen, IngestSettings) else "",
        doctor=None,
        doctor_device=None,
        evidence_url=chosen.evidence.url,
        metrics={},
        prometheus_url=None,
        alertmanager_url=None,
        cases_folder=chosen.cases.folder,
        live_s=0.0,
    )
    async for finding in services.database(where):
        yield finding
    yield await case_policy(where)
    if not isinstance(chosen, CenterSettings):
        yield services.evidence(chosen.evidence.url)
    if isinstance(chosen, IngestSettings):
        yield roles.broker(chosen.broker)
        if chosen.adapters:
            yield adapters(chosen)
    yield program_check(program, reachable(chosen.metrics.address), chosen.metrics.port)


def adapters(chosen: IngestSettings) -> Finding:
    """Names the foreign topics that the broker must let ingest read; whether it does cannot be tested.

    A broker accepts the subscription whatever its rules are, and then delivers nothing.
    """
    lines = list(acl_lines(chosen))
    users = sum(line.startswith("user ") for line in lines)
    return ok(
        "adapters",
        f"{len(chosen.adapters)} tables read {len(lines) - users} topic filters; the broker's ACL must let "
        "ingest read them: streetwarden adapters acl prints its lines",
    )
