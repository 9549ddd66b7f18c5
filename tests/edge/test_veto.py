"""The box's model is loaded at the start or refused by name, used by the running program, and counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from detectors.errors import DetectorError
from detectors.look import Image
from detectors.places import Purpose
from detectors.veto.decision import Label, ModelVeto
from edge.errors import EdgeError
from edge.metrics import BoxReading, Metrics
from edge.outbox import Level
from edge.settings import Veto
from edge.veto import CountedVeto, load_veto
from tests.detectors.veto.models import red_is_a_person
from tests.edge.clips import crate_clip
from tests.edge.conftest import StartEdge
from tests.edge.running import Center, crate_camera, until
from tests.servers import Broker

VETO = '[veto]\nmodel = "red.onnx"\nlabels = ["person", "thing"]\ngoods = ["person"]\n'


def chosen(**more: Any) -> Veto:
    known = {"model": "red.onnx", "labels": ("person", "thing"), "goods": ("person",)}
    return Veto(**{**known, **more})


def test_without_a_model_nobody_is_asked(tmp_path: Path) -> None:
    assert load_veto(Veto(), tmp_path) is None


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"model": "none.onnx"}, r"veto\.model .*none\.onnx cannot be read \(No such file"),
        ({"model": "."}, r"cannot be read \(Is a directory"),
        ({"goods": ("dog",)}, r"veto: 'dog' is not one of veto\.labels"),
        ({"goods": ()}, r"veto: no label refuses anything"),
        ({"labels": ("person",)}, r"red\.onnx: it answers 2 figures, but 1 labels are given"),
        ({"deviation": (1.0, 0.0, 1.0)}, r"veto\.deviation"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, more: dict[str, Any], said: str) -> None:
    (tmp_path / "red.onnx").write_bytes(red_is_a_person())
    with pytest.raises(EdgeError, match=said):
        load_veto(chosen(**more), tmp_path)


class Broken:
    """A model that fails on every picture."""

    def label(self, picture: Image) -> Label:
        raise DetectorError(f"it failed on a picture of {picture.size} bytes")


def test_a_model_that_fails_refuses_nothing_and_is_counted() -> None:
    registry = CollectorRegistry()
    metrics = Metrics(registry=registry, cameras=tuple, box=nothing)
    broken = ModelVeto(model=Broken(), refused={Purpose.GOODS: frozenset({"person"})})
    counted = CountedVeto("c1", broken, metrics)
    image = np.zeros((20, 20, 3), np.uint8)
    assert not any(counted.refuses(Purpose.GOODS, image, (2.0, 2.0, 9.0, 9.0)) for _ in range(3))
    labels = {"camera": "c1", "outcome": "failed"}
    assert registry.get_sample_value("streetwarden_edge_vetoes_total", labels) == 3


def nothing() -> BoxReading:
    return BoxReading(
        outbox=Level(messages=0, size=0, oldest_s=0.0, refused=0, in_memory=0),
        given_up=0, stripped=0, open_incidents=0, connected=False, storing=True, storage_failures=0,
        damaged_files=0, now=0.0,
    )  # fmt: skip


def test_the_program_does_not_start_with_a_model_that_is_none(start_edge: StartEdge, tmp_path: Path) -> None:
    (tmp_path / "red.onnx").write_bytes(b"no model")
    edge = start_edge(VETO + crate_camera("c1", "file:clip.mp4"))
    assert edge.exit_status() == 1
    last = edge.log.read_text(encoding="utf-8").strip().splitlines()[-1]
    assert "red.onnx: it cannot be loaded" in last


async def test_the_running_program_asks_its_model_and_counts_its_answers(
    guarded_broker: Broker, start_edge: StartEdge, tmp_path: Path
) -> None:
    (tmp_path / "red.onnx").write_bytes(red_is_a_person(gain=60.0))  # the tests' crate is red
    crate_clip(tmp_path / "clip.mp4", put_s=11.5, taken_s=40.0, end_s=40.0)
    cameras = crate_camera("c1", "file:clip.mp4", dwell_s=2.0)
    async with Center(guarded_broker.url) as center:
        edge = start_edge(VETO + cameras)

        async def refused() -> bool:
            return await edge.metric("vetoes_total", "c1", "refused") >= 2

        await until(refused)
        assert await edge.metric("vetoes_total", "c1", "let") == 0
        assert await edge.metric("vetoes_total", "c1", "failed") == 0
        assert await edge.metric("veto_seconds_total") > 0
        assert center.incidents == []
    assert edge.stop() == 0
