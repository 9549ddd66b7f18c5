"""A release contains each role's packages, pinned to the tested versions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from deploy.errors import DeployError
from deploy.release.roles import EXTRAS, closure, requirements

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def pins(text: str) -> list[str]:
    return re.findall(r"^([a-z0-9-]+)==", text, flags=re.MULTILINE)


@pytest.mark.parametrize("role", EXTRAS)
def test_every_package_of_a_role_is_pinned_with_a_hash_as_in_the_lock(role: str) -> None:
    text = requirements(role, LOCK, version="1", wheel="w.whl")
    assert set(pins(text)) == closure(EXTRAS[role])
    for stanza in re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in stanza
        assert stanza in LOCK


def test_a_package_that_the_lock_has_for_several_pythons_keeps_them_all() -> None:
    lock = "a==1 ; python_version < '3.12' \\\n    --hash=sha256:x\na==2 \\\n    --hash=sha256:y\n"
    with pytest.raises(DeployError, match=r"requirements.lock lacks .*; run scripts/lock"):
        requirements("edge", lock, version="1", wheel="w.whl")
    assert pins(requirements("edge", LOCK, version="1", wheel="w.whl")).count("numpy") == LOCK.count(
        "\nnumpy=="
    )


def test_no_role_carries_what_another_needs() -> None:
    edge, ingest, center = (closure(EXTRAS[role]) for role in ("edge", "ingest", "center"))
    assert not edge & {"asyncpg", "fastapi", "obstore", "shapely"}
    assert not (ingest | center) & {"opencv-python-headless", "av"}
    assert not ingest & {"fastapi", "paho-mqtt"}
    assert closure(EXTRAS["one-machine"]) >= edge | ingest | center
    assert not closure(EXTRAS["one-machine"]) & {"pytest", "mypy", "hatchling", "uv"}


def test_the_wheel_has_the_detection_model_with_its_notice_and_the_edge_role_what_runs_it() -> None:
    inside = {
        each.distribution_path: Path(each.path) for each in WheelBuilder(str(ROOT)).recurse_included_files()
    }
    folder = "detectors/recognition/shipped"
    assert inside[f"{folder}/ssdlite-mobilenet-v2.onnx"].stat().st_size < 5_000_000
    notice = inside[f"{folder}/NOTICE"].read_text(encoding="utf-8")
    assert "Apache License, Version 2.0" in notice
    assert "ssdlite_mobilenet_v2_coco_2018_05_09" in notice
    assert "onnxruntime" in closure(EXTRAS["edge"])
