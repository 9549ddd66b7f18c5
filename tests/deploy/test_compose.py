"""The compose file is valid, and our programs accept all its settings."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from center.settings import Settings as Center
from deploy import broker_probe
from deploy.broker_probe import Login
from deploy.container import broker_files, secret_files
from deploy.servers.mosquitto import Account
from deploy.stack.accounts import PROGRAM_USERS
from deploy.stack.secrets import Secrets
from edge.settings import Settings as Edge
from ingest.settings import Settings as Ingest
from program.settings import describe
from store.roles import ROLES as DATABASE_ROLES
from tests.servers import Broker
from worker.settings import Settings as Worker

FOLDER = Path(__file__).parents[2] / "deploy"
_OWN = {"STREETWARDEN_PUBLIC_URL", "STREETWARDEN_DATABASE_PASSWORD"}  # deploy/container.py reads them


def substituted(text: str) -> str:
    """Expands `${NAME:-default}` and `${NAME:?why}` as Compose does."""
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
    return re.sub(r"\$\{\w+:\?[^}]*\}", "a-word", text)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    tree = yaml.safe_load(substituted((FOLDER / "compose.yaml").read_text(encoding="utf-8")))
    found: dict[str, Any] = tree["services"]
    return found


def variables(service: dict[str, Any]) -> set[str]:
    return {name for name in service.get("environment", {}) if name.startswith("STREETWARDEN_")}


@pytest.mark.parametrize("file", ["compose.yaml", "compose.tls.yaml"])
def test_it_is_what_the_specification_allows(file: str) -> None:
    tree = yaml.safe_load(substituted((FOLDER / file).read_text(encoding="utf-8")))
    plain = {key: value for key, value in tree.items() if not key.startswith("x-")}
    PyCompose.from_json(json.dumps(plain)).to_spec()


def test_a_misspelt_key_would_be_noticed() -> None:
    with pytest.raises(ValueError, match="imagee"):
        PyCompose.from_json(json.dumps({"services": {"ingest": {"imagee": "streetwarden"}}}))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("ingest", Ingest), ("worker", Worker), ("edge", Edge), ("center", Center)],
    ids=["ingest", "worker", "edge", "center"],
)
def test_programs_accept_every_setting_that_they_get(services: dict[str, Any], name: str, kind: Any) -> None:
    known = {setting.environment for setting in describe(kind, program=name)}
    assert variables(services[name]) <= known


def test_no_other_variable_is_made_up(services: dict[str, Any]) -> None:
    programs = {"ingest", "worker", "edge", "center"}
    shared = {
        "STREETWARDEN_MQTT_URL",
        "STREETWARDEN_DATABASE_URL",
        "STREETWARDEN_DATABASE_PASSWORD_FILE",
        "STREETWARDEN_EVIDENCE_URL",
        *_OWN,
    }
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


def test_services_that_write_files_have_a_writable_volume(services: dict[str, Any]) -> None:
    """Everything else of a container is read-only."""

    def writable(name: str, file: str) -> bool:
        mounts = [mount.split(":") for mount in services[name]["volumes"]]
        return any(file.startswith(f"{mount[1]}/") and "ro" not in mount[2:] for mount in mounts)

    picture = "/var/lib/streetwarden/evidence/evidence/00/0.jpg"
    assert {name for name in ("ingest", "worker", "center", "backup") if writable(name, picture)} == {
        "ingest",
        "worker",
        "center",
    }
    roots = services["worker"]["environment"]["STREETWARDEN_WORKER_RECORD_ROOTS_FILE"]
    assert writable("worker", roots)
    made_by_setup = {mount.partition(":")[0] for mount in services["setup"]["volumes"]}
    assert {"evidence", "worker"} <= made_by_setup


def test_prometheus_scrapes_the_ports_that_the_programs_serve() -> None:
    jobs = yaml.safe_load((FOLDER / "prometheus/compose.yml").read_text(encoding="utf-8"))["scrape_configs"]
    served = {
        job["job_name"]: job["static_configs"][0]["targets"] for job in jobs
    }  # the names of jobs are those of the services, which the alert rules count on
    ports = {
        "ingest": Ingest().metrics.port,
        "edge": 9103,
        "center": Center().metrics.port,
        "worker": Worker().metrics.port,
    }
    assert served == {name: [f"{name}:{port}"] for name, port in ports.items()}


ROLES = {role: f"of {role}" for role in DATABASE_ROLES}
EVERYBODY = {**dict.fromkeys(PROGRAM_USERS, "c"), "box/box-1": "b", "vehicle/v001": "v"}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """What `setup` writes."""
    known = Secrets(operator="word", administrator="-", database="-", roles=ROLES, broker=EVERYBODY)
    everybody = [
        Account(user=user, district="350582", password=password) for user, password in EVERYBODY.items()
    ]
    (tmp_path / "secrets").mkdir()
    broker_files(everybody, tmp_path / "broker")
    secret_files(known, everybody, tmp_path / "secrets", {})
    return tmp_path


def test_every_secret_that_a_service_reads_is_written_by_setup(made: Path) -> None:
    tree = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    files = {name: FOLDER / secret["file"] for name, secret in tree["secrets"].items()}
    assert {file.parent for file in files.values()} == {FOLDER / "secrets"}
    for file in files.values():
        assert (made / "secrets" / file.name).read_text().strip()
    mentioned = set(
        re.findall(r"/run/secrets/([\w-]+)", (FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    )
    mentioned |= set(DATABASE_ROLES)  # `db roles` finds them in its folder
    assert mentioned == tree["secrets"].keys()


def test_each_service_mounts_only_the_secrets_that_it_reads(services: dict[str, Any]) -> None:
    for name, service in services.items():
        text = json.dumps([service.get(key) for key in ("command", "entrypoint", "environment")])
        read = set(re.findall(r"/run/secrets/([\w-]+)", text))
        read |= set(DATABASE_ROLES) if "db roles --secrets /run/secrets" in text else set()
        assert set(service.get("secrets", [])) == read, name
        if name != "setup":  # which makes them
            assert not any("secrets" in mount for mount in service.get("volumes", [])), name
    assert services["edge"]["secrets"] == ["box-1"]  # it decodes whatever video a camera sends


def test_only_who_migrates_logs_in_as_the_tables_owner(services: dict[str, Any]) -> None:
    users = {
        name: set(re.findall(r"postgresql://(\w+)@", json.dumps(service.get("environment", {}))))
        for name, service in services.items()
    }
    assert {name for name, found in users.items() if "streetwarden" in found} == {"migrate"}
    assert users["ingest"] == {"streetwarden_ingest"}
    assert users["worker"] == {"streetwarden_worker", "streetwarden_maintenance"}
    assert users["center"] == {"streetwarden_center"}


def test_no_password_stands_in_an_environment(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for variable, value in service.get("environment", {}).items():
            if name != "setup" and "PASSWORD" in variable:
                assert variable.endswith("_FILE"), (name, variable)
            assert not re.search(r"//[^/@]*:[^/@]*@", str(value)), (name, variable)


def test_the_box_cannot_reach_the_database(services: dict[str, Any]) -> None:
    reach = {name for name, service in services.items() if "database" in service.get("networks", [])}
    assert reach == {"database", "migrate", "ingest", "worker", "center", "backup"}
    assert all(
        service.get("networks") or service.get("network_mode") == "none" for service in services.values()
    )


def test_all_ports_are_on_loopback(services: dict[str, Any]) -> None:
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert len(published) == 5
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_no_service_that_runs_on_has_rights_of_root(services: dict[str, Any]) -> None:
    for name, service in services.items():
        if service.get("image") == "streetwarden" or name == "broker":
            assert service["cap_drop"] == ["ALL"], name
            assert service["read_only"], name
            assert "user" not in service or service["user"] != "root" or name == "setup"


def test_secrets_are_for_their_folders_owner_only_and_stay_as_they_are(made: Path) -> None:
    folder = made / "secrets"
    assert folder.stat().st_mode & 0o777 == 0o700
    before = {file.name: (file.stat().st_ino, file.read_text()) for file in folder.iterdir()}
    everybody = [Account(user=user, district="350582", password=word) for user, word in EVERYBODY.items()]
    known = Secrets(operator="word", administrator="-", database="-", roles=ROLES, broker=EVERYBODY)
    secret_files(known, everybody, folder, {"STREETWARDEN_DATABASE_PASSWORD": "another"})
    assert {file.name: (file.stat().st_ino, file.read_text()) for file in folder.iterdir()} == before


def test_the_password_that_the_environment_file_gave_is_taken_over(tmp_path: Path) -> None:
    known = Secrets(operator="word", administrator="-", database="-", broker={})
    secret_files(known, [], tmp_path, {"STREETWARDEN_DATABASE_PASSWORD": "chosen before"})
    assert (tmp_path / "database").read_text() == "chosen before\n"


def test_the_fleet_gets_no_passwords_but_its_own(made: Path) -> None:
    assert json.loads((made / "secrets/devices").read_text()) == {"vehicle/v001": "v"}
    assert (made / "secrets/center-ingest").read_text() == "c\n"
    assert (made / "secrets/box-1").read_text() == "b\n"


def test_the_broker_lets_in_whoever_has_the_secret_and_keeps_it_hashed(
    made: Path, servers_can_run: None
) -> None:
    class Composed(Broker):
        """With the files that `setup` wrote for the container."""

        def prepare(self) -> None:
            super().prepare()
            for name in ("passwords", "acl", "limits"):
                shutil.copyfile(made / "broker" / name, self.folder / name)

    assert "vehicle/v001:$7$10000$" in (made / "broker/passwords").read_text()
    assert not list((made / "broker").glob("*plain*"))
    server = Composed(made / "real", passwords=EVERYBODY)
    server.start()
    try:
        for user, password in EVERYBODY.items():
            broker_probe.log_in(server.url, Login(user=user, password=password))
            with pytest.raises(broker_probe.RefusedError):
                broker_probe.log_in(server.url, Login(user=user, password=password + "x"))
    finally:
        server.kill()
