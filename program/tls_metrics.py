"""When the certificates that a program uses expire, for `/metrics`; the same in every program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class CertificateMetrics(Collector):
    """The expiry of each certificate.

    Args:
        expiries: epoch seconds by certificate: `server`, `client` or `ca`.
    """

    def __init__(self, expiries: Callable[[], Mapping[str, float]]) -> None:
        self._expiries = expiries

    def describe(self) -> Iterable[Metric]:
        """Nothing is read for a description."""
        return [self._family()]

    def collect(self) -> Iterable[Metric]:
        """As the certificates are now."""
        family = self._family()
        for certificate, expires_at in sorted(self._expiries().items()):
            family.add_metric([certificate], expires_at)
        yield family

    def _family(self) -> GaugeMetricFamily:
        return GaugeMetricFamily(
            "streetwarden_certificate_expiry_timestamp_seconds",
            "When a TLS certificate in use expires, seconds since the epoch: `server` (the broker's, as it "
            "showed it at the last connection; at the center its own), `client` (our own, shown to the "
            "broker), `ca` (the one we trust, or the first of several). Without TLS there is none.",
            labels=["certificate"],
        )
