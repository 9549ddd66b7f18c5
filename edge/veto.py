"""The box's model, if it has one: loaded at the start, asked before an incident begins, counted."""

from __future__ import annotations

import logging
import time
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
from edge.settings import Veto as Chosen

log = logging.getLogger(__name__)

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
        self._camera = camera
        self._veto = veto
        self._answers = metrics.vetoes
        self._seconds = metrics.veto_seconds
        self._failing = False

    def refuses(self, purpose: Purpose, image: Image, box_px: Box) -> bool:
        """Whether the object in the box is not what the zone looks for."""
        began_s = time.monotonic()
        try:
            refused = self._veto.refuses(purpose, image, box_px)
        except DetectorError as error:
            self._answers.labels(self._camera, "failed").inc()
            if not self._failing:
                log.warning("camera %s: the model of the veto: %s", self._camera, error)
            self._failing = True
            return False
        self._failing = False
        self._seconds.inc(time.monotonic() - began_s)
        self._answers.labels(self._camera, "refused" if refused else "let").inc()
        return refused
