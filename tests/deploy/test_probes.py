"""Kubernetes and Compose use the right probe of each program."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"


def container(program: str) -> dict[str, Any]:
    for tree in yaml.safe_load_all((DEPLOY / f"kubernetes/{program}.yaml").read_text(encoding="utf-8")):
        if tree["kind"] == "Deployment":
            found: dict[str, Any] = tree["spec"]["template"]["spec"]["containers"][0]
            return found
    raise AssertionError


@pytest.mark.parametrize("program", ["ingest", "center"])
def test_kubernetes_restarts_for_liveness_alone(program: str) -> None:
    asked = container(program)
    assert asked["livenessProbe"]["httpGet"] == {"path": "/live", "port": "metrics"}
    assert asked["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "metrics"}


def test_compose_asks_for_what_the_programs_answer() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    asked = {
        name: re.findall(r"127\.0\.0\.1:\d+(/\w+)", str(service.get("healthcheck", {}).get("test", "")))
        for name, service in services.items()
        if name in {"ingest", "center", "edge"}
    }
    assert asked == {"ingest": ["/health"], "center": ["/ready"], "edge": ["/health"]}
