"""The TLS overlay uses settings that the programs accept, and names only files that it mounts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from center.settings import Settings as Center
from ingest.settings import Settings as Ingest
from program.settings import describe

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"


@pytest.mark.parametrize(("name", "kind"), [("ingest", Ingest), ("center", Center)])
def test_the_overlay_says_what_programs_know_and_mounts_what_it_says(name: str, kind: Any) -> None:
    patch = yaml.safe_load((FOLDER / "tls" / f"{name}.yaml").read_text(encoding="utf-8"))
    base = yaml.safe_load_all((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    assert any(one["kind"] == "Deployment" and one["metadata"]["name"] == name for one in base)
    pod = patch["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (mount,) = container["volumeMounts"]
    (volume,) = pod["volumes"]
    assert mount["name"] == volume["name"]
    files = {f"{mount['mountPath']}/{item['path']}" for item in volume["secret"]["items"]}
    given = {variable["name"]: variable["value"] for variable in container["env"]}
    assert set(given.values()) == files
    assert given.keys() <= {setting.environment for setting in describe(kind, program=name)}
