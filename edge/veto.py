"""The box's model, if it has one: loaded at the start, asked before an incident begins, counted."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from detectors.errors import DetectorError
from detectors.ground import Box
from detectors.look import Image
from detectors.places import Purpose
from detectors.veto.decision import ModelVeto
from detectors.veto.onnx_model import OnnxModel, Preparation
from edge.errors import EdgeError
from edge.metrics import Metrics
from edge.model_calls import ModelCalls
from edge.settings import Veto as Chosen

_MIB: Final = 1024 * 1024


def load_veto(chosen: Chosen, folder: Path) -> ModelVeto | None:
    """The veto that the settings describe; None without a model.

    Args:
        chosen: the settings.
        folder: the folder that a relative path starts from.

    Raises:
        EdgeError: the file cannot be read, is not a usable model, or does not fit the settings.
    """
    if not chosen.model:
        return None
    file = folder / chosen.model
    refused = {
        Purpose.STALL: frozenset(chosen.stall),
        Purpose.GOODS: frozenset(chosen.goods),
        Purpose.VEHICLE: frozenset(chosen.vehicle),
    }
    named = frozenset().union(*refused.values())
    unknown = sorted(named - set(chosen.labels))
    if unknown or not named:
        what = f"{unknown[0]!r} is not one of veto.labels" if unknown else "no label refuses anything"
        raise EdgeError(f"veto: {what}; name labels of the model in veto.stall, veto.goods and veto.vehicle")
    if 0 in chosen.deviation:
        raise EdgeError("veto.deviation: division by 0; give the values that the model was trained with")
    try:
        model = OnnxModel.load(
            file.read_bytes(),
            labels=chosen.labels,
            answers=chosen.answers,
            preparation=Preparation(side_px=chosen.side_px, mean=chosen.mean, deviation=chosen.deviation),
        )
    except OSError as error:
        raise EdgeError(
            f"veto.model {file} cannot be read ({error.strerror}); give the path of one"
        ) from None
    except DetectorError as error:
        raise EdgeError(f"veto.model {file}: {error}") from None
    return ModelVeto(model=model, refused=refused, least=chosen.least, view=chosen.view)


class CountedVeto:
    """Asks the veto for a camera, and counts its answers; a model that fails refuses nothing.

    Args:
        camera: id of the camera.
        veto: of the box.
        metrics: of the box.
    """

    def __init__(self, camera: str, veto: ModelVeto, metrics: Metrics) -> None:
        self._veto = veto
        self._let = metrics.vetoes.labels(camera, "let")
        self._refused = metrics.vetoes.labels(camera, "refused")
        self._calls = ModelCalls(
            camera=camera,
            model="the model of the veto",
            failed=metrics.vetoes.labels(camera, "failed"),
            seconds=metrics.veto_seconds,
        )

    def refuses(self, purpose: Purpose, image: Image, box_px: Box) -> bool:
        """Whether the object in the box is not what the zone looks for."""
        refused = self._calls.answer(lambda: self._veto.refuses(purpose, image, box_px))
        if refused is None:
            return False
        (self._refused if refused else self._let).inc()
        return refused
