"""doctor warns of a certificate that expires soon, of a world-readable key, and of unencrypted passwords."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from deploy.doctor import certificates
from deploy.doctor.finding import Verdict
from program.endpoint import Endpoint
from program.tls import TlsFiles
from program.tls_metrics import CertificateMetrics
from tests.deploy.doctor.test_services import installation

NOW = 1_800_000_000.0
DAY = 86_400.0


@pytest.mark.parametrize(
    ("days", "verdict", "said"),
    [
        (400, Verdict.OK, "the client of ingest certificate expires first, in 400 days"),
        (29, Verdict.DOUBTFUL, "in 29 days"),
        (1, Verdict.WRONG, "in 1 days"),
        (-3, Verdict.WRONG, "the client of ingest certificate has expired 3 days ago"),
    ],
)
def test_the_certificate_that_expires_first_is_reported(days: float, verdict: Verdict, said: str) -> None:
    found = {"ca of ingest": NOW + 4000 * DAY, "client of ingest": NOW + days * DAY}
    finding = certificates.expiry(found, now=NOW)
    assert finding.verdict is verdict
    assert said in finding.found


def test_programs_are_asked_for_the_certificates_that_they_use() -> None:
    registry = CollectorRegistry()
    registry.register(CertificateMetrics(lambda: {"client": NOW - DAY}))
    with Endpoint(
        address="127.0.0.1", port=0, registry=registry, live=lambda: None, health=lambda: None
    ) as endpoint:
        where = installation(metrics={"ingest": ("127.0.0.1", endpoint.port)})
        found = {finding.check: finding for finding in certificates.check(where)}
    assert found["certificates"].found.startswith("the client of ingest certificate")


def test_a_world_readable_key_is_reported(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.touch(mode=0o644)
    where = installation(broker_tls=TlsFiles(key=str(key)), metrics={})
    (finding,) = certificates.check(where)
    assert (finding.verdict, finding.remedy) == (Verdict.DOUBTFUL, f"run: chmod 600 {key}")
    key.chmod(0o600)
    (finding,) = certificates.check(where)
    assert finding.verdict is Verdict.OK


@pytest.mark.parametrize(
    "url", ["mqtt://127.0.0.1", "mqtt://localhost:1", "mqtt://[::1]", "mqtts://b.example"]
)
def test_a_broker_here_or_over_tls_is_well(url: str) -> None:
    assert list(certificates.transport(url)) == []


def test_an_unencrypted_password_is_reported() -> None:
    (finding,) = certificates.transport("mqtt://center:hidden@broker.example")
    assert finding.verdict is Verdict.DOUBTFUL
    assert "at broker.example:1883 unencrypted" in finding.found
