"""Expiry of the certificates that a program uses, for `/metrics`; the same in every program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class CertificateMetrics(Collector):
    """The expiry of each certificate.

    Args:
        expiries: returns epoch seconds by certificate: `server`, `client` or `ca`.
    """

    def __init__(self, expiries: Callable[[], Mapping[str, float]]) -> None:
        self._expiries = expiries

    def describe(self) -> Iterable[Metric]:
        """The metric, without values."""
        return [self._family()]

    def collect(self) -> Iterable[Metric]:
        """The present values."""
        family = self._family()
        for certificate, expires_at in sorted(self._expiries().items()):
            family.add_metric([certificate], expires_at)
        yield family

    def _family(self) -> GaugeMetricFamily:
        return GaugeMetricFamily(
            "streetwarden_certificate_expiry_timestamp_seconds",
            "When a TLS certificate in use expires, seconds since the epoch: `server` (the broker's at the "
            "last connection; at the center its own), `client` (our own at the "
            "broker), `ca` (the trusted one, or the first of several). Not exported without TLS.",
            labels=["certificate"],
        )
