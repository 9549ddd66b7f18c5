"""The Kubernetes manifests name only existing secrets, settings, files and the current release."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from center.settings import Settings as Center
from ingest.settings import Settings as Ingest
from program.settings import describe, load
from worker.settings import Settings as Worker

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"
_S3 = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}  # obstore reads them itself
_KINDS: dict[str, Any] = {"ingest": Ingest, "worker": Worker, "center": Center}


def documents(name: str) -> Iterator[dict[str, Any]]:
    yield from yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8"))


KUSTOMIZATION = next(documents("kustomization.yaml"))
SECRETS = {tree["metadata"]["name"]: tree["stringData"] for tree in documents("secrets.example.yaml")}


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in KUSTOMIZATION["resources"]:
        for tree in documents(name):
            if tree["kind"] in ("Deployment", "Job", "CronJob"):
                inner = tree["spec"].get("jobTemplate", tree)["spec"]["template"]["spec"]
                yield tree["metadata"]["name"], inner


def sources(pod: dict[str, Any], kind: str) -> list[str]:
    inside = pod["containers"][0].get("envFrom", [])
    return [one[kind]["name"] for one in inside if kind in one]


def test_every_resource_is_there_and_the_image_is_this_release() -> None:
    assert all((FOLDER / name).is_file() for name in KUSTOMIZATION["resources"])
    project = tomllib.loads((FOLDER.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {image["newTag"] for image in KUSTOMIZATION["images"]} == {project["version"]}


@pytest.mark.parametrize(("name", "pod"), list(pods()), ids=[name for name, _ in pods()])
def test_each_program_reads_its_own_secret_which_the_example_has(name: str, pod: dict[str, Any]) -> None:
    assert sources(pod, "secretRef") == [f"streetwarden-{name}"]
    assert f"streetwarden-{name}" in SECRETS
    made = {one["name"] for one in KUSTOMIZATION["configMapGenerator"]}
    assert set(sources(pod, "configMapRef")) <= made
    for volume in pod.get("volumes", []):
        if "configMap" in volume:
            assert volume["configMap"]["name"] in made


@pytest.mark.parametrize("program", _KINDS)
def test_every_key_is_a_setting_of_its_program_and_what_must_be_given_is_given(program: str) -> None:
    known = {setting.environment for setting in describe(_KINDS[program], program=program)}
    secret = SECRETS[f"streetwarden-{program}"]
    shared = dict(
        line.split("=", 1)
        for one in KUSTOMIZATION["configMapGenerator"]
        if one["name"] == "streetwarden"
        for line in one["literals"]
    )
    assert (secret.keys() | shared.keys()) - _S3 <= known | {"STREETWARDEN_MQTT_URL"}
    chosen = load(_KINDS[program], program=program, file=None, environment={**shared, **secret})
    assert f"//streetwarden_{program}:" in chosen.database.full_url()
    assert chosen.evidence.url.startswith("s3://")
    if program == "ingest":
        assert (chosen.broker.user, chosen.broker.secret()) == ("center-ingest", "CHANGE")
        assert chosen.monitor.secret() == "CHANGE"


def test_only_the_migration_has_the_owners_password() -> None:
    owners = [
        name for name, keys in SECRETS.items() if "//streetwarden:" in keys["STREETWARDEN_DATABASE_URL"]
    ]
    assert owners == ["streetwarden-migrate"]
