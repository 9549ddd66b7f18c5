"""Whether a program uses the case policy of its folder, for `/metrics` of ingest, center and worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class Policy(Protocol):
    """The policy of a folder."""

    @property
    def refused(self) -> str | None:
        """Why the folder is not in use as it is; None if it is."""

    @property
    def read_at(self) -> float:
        """When the policy in use was read, seconds since the epoch."""


class PolicyMetrics(Collector):
    """Two gauges.

    Args:
        policy: returns the state of the policy.
    """

    def __init__(self, policy: Callable[[], Policy | None]) -> None:
        self._policy = policy

    def describe(self) -> Iterable[Metric]:
        """The metrics, without values."""
        return self._families(None)

    def collect(self) -> Iterable[Metric]:
        """The present values."""
        return self._families(self._policy())

    def _families(self, policy: Policy | None) -> Iterable[Metric]:
        refused = GaugeMetricFamily(
            "streetwarden_case_policy_refused",
            "1 while the changed folder of the case policy is wrong and the earlier policy stays in use, "
            "else 0 (ingest, center and worker).",
        )
        read_at = GaugeMetricFamily(
            "streetwarden_case_policy_read_timestamp_seconds",
            "When the case policy in use was read, seconds since the epoch (ingest, center and worker).",
        )
        if policy is not None:
            refused.add_metric([], float(policy.refused is not None))
            read_at.add_metric([], policy.read_at)
        yield refused
        yield read_at
