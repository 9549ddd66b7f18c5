"""The compose file is what Compose takes, and says to our programs only what they know."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from center.settings import Settings as Center
from deploy.container import broker_files, secret_files
from deploy.servers.mosquitto import CENTER_USER, Account
from deploy.stack.secrets import Secrets
from edge.settings import Settings as Edge
from ingest.settings import Settings as Ingest
from program.settings import describe

FOLDER = Path(__file__).parents[2] / "deploy"
_OWN = {"STREETWARDEN_PUBLIC_URL"}  # deploy/container.py reads it


def substituted(text: str) -> str:
    """What Compose makes of `${NAME:-default}` and `${NAME:?why}`."""
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
    return re.sub(r"\$\{\w+:\?[^}]*\}", "a-word", text)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    tree = yaml.safe_load(substituted((FOLDER / "compose.yaml").read_text(encoding="utf-8")))
    found: dict[str, Any] = tree["services"]
    return found


def variables(service: dict[str, Any]) -> set[str]:
    return {name for name in service.get("environment", {}) if name.startswith("STREETWARDEN_")}


def test_it_is_what_the_specification_allows() -> None:
    tree = yaml.safe_load(substituted((FOLDER / "compose.yaml").read_text(encoding="utf-8")))
    plain = {key: value for key, value in tree.items() if not key.startswith("x-")}
    PyCompose.from_json(json.dumps(plain)).to_spec()


def test_a_misspelt_key_would_be_noticed() -> None:
    with pytest.raises(ValueError, match="imagee"):
        PyCompose.from_json(json.dumps({"services": {"ingest": {"imagee": "streetwarden"}}}))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("ingest", Ingest), ("edge", Edge), ("center", Center)],
    ids=["ingest", "edge", "center"],
)
def test_programs_are_told_only_what_they_know(services: dict[str, Any], name: str, kind: Any) -> None:
    known = {setting.environment for setting in describe(kind, program=name)}
    assert variables(services[name]) <= known


def test_no_other_variable_is_made_up(services: dict[str, Any]) -> None:
    programs = {"ingest", "edge", "center"}
    shared = {"STREETWARDEN_MQTT_URL", "STREETWARDEN_DATABASE_URL", *_OWN}
    for name in services.keys() - programs:
        assert variables(services[name]) <= shared


def test_whatever_is_waited_for_is_there_and_can_be_waited_for(services: dict[str, Any]) -> None:
    for service in services.values():
        waited = service.get("depends_on", {})
        for name in waited:
            assert name in services
            if isinstance(waited, dict) and waited[name]["condition"] == "service_healthy":
                assert "healthcheck" in services[name]


def test_every_file_and_volume_that_is_mounted_is_there(services: dict[str, Any]) -> None:
    volumes = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))["volumes"]
    for service in services.values():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert (FOLDER / source).exists() if source.startswith("./") else source in volumes


def test_prometheus_scrapes_the_ports_that_the_programs_serve() -> None:
    jobs = yaml.safe_load((FOLDER / "prometheus/compose.yml").read_text(encoding="utf-8"))["scrape_configs"]
    served = {
        job["job_name"]: job["static_configs"][0]["targets"] for job in jobs
    }  # the names of jobs are those of the services, which the alert rules count on
    ports = {"ingest": Ingest().metrics.port, "edge": 9103, "center": Center().metrics.port}
    assert served == {name: [f"{name}:{port}"] for name, port in ports.items()}


def test_the_broker_and_each_program_find_the_same_password(tmp_path: Path) -> None:
    users = (CENTER_USER, "box/box-1", "vehicle/v001")
    known = Secrets(
        operator="word", administrator="-", database="-", broker={user: f"of {user}" for user in users}
    )
    everybody = [Account(user=user, district="350582", password=known.broker[user]) for user in users]
    (tmp_path / "secrets").mkdir()

    broker_files(everybody, tmp_path / "broker")
    secret_files(known, everybody, tmp_path / "secrets")

    at_broker = dict(
        line.split(":", 1) for line in (tmp_path / "broker/passwords.plain").read_text().splitlines()
    )
    assert (tmp_path / "secrets" / CENTER_USER).read_text().strip() == at_broker[CENTER_USER]
    assert (tmp_path / "secrets/box-1").read_text().strip() == at_broker["box/box-1"]
    fleet = json.loads((tmp_path / "secrets/devices.json").read_text())
    assert fleet["vehicle/v001"] == at_broker["vehicle/v001"]
    assert CENTER_USER not in fleet
