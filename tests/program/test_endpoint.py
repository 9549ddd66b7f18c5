"""A program answers scrapes and health questions while it runs, and says what it waits for."""

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from program.endpoint import Endpoint
from program.errors import ProgramError


def test_metrics_and_health_are_served_until_stopped() -> None:
    registry = CollectorRegistry()
    Counter("looks", "Looks done.", registry=registry).inc(3)
    waiting: list[str | None] = ["waiting for the database"]
    with Endpoint(address="127.0.0.1", port=0, registry=registry, health=lambda: waiting[0]) as endpoint:
        base = f"http://127.0.0.1:{endpoint.port}"
        assert "looks_total 3.0" in httpx.get(f"{base}/metrics").text
        refused = httpx.get(f"{base}/health")
        assert (refused.status_code, refused.text) == (503, "waiting for the database\n")
        waiting[0] = None
        assert httpx.get(f"{base}/health").status_code == 200
        assert httpx.get(f"{base}/").status_code == 404
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{base}/health")


def test_a_taken_port_is_one_sentence() -> None:
    registry = CollectorRegistry()
    with (
        Endpoint(address="127.0.0.1", port=0, registry=registry, health=lambda: None) as first,
        pytest.raises(ProgramError, match="choose another metrics port"),
    ):
        Endpoint(address="127.0.0.1", port=first.port, registry=registry, health=lambda: None).start()
