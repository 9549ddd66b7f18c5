"""What doctor asks of a machine that runs ingest or the center."""

from __future__ import annotations

from collections.abc import AsyncIterator

from center.settings import Settings as CenterSettings
from deploy.doctor import roles, services
from deploy.doctor.finding import Finding
from deploy.doctor.programs import program as program_check
from deploy.doctor.programs import reachable
from deploy.installation import Installation
from ingest.settings import Settings as IngestSettings


async def check(program: str, chosen: IngestSettings | CenterSettings) -> AsyncIterator[Finding]:
    """Database, evidence, broker and the program itself, as its own settings say."""
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
        live_s=0.0,
    )
    async for finding in services.database(where):
        yield finding
    if isinstance(chosen, IngestSettings):
        yield services.evidence(chosen.evidence.url)
        yield roles.broker(chosen.broker)
    yield program_check(program, reachable(chosen.metrics.address), chosen.metrics.port)
