"""ONNX Runtime as the detectors use it: loaded only if a model is used, on one thread, on the processor."""

from __future__ import annotations

import importlib
from typing import Any

from detectors.errors import DetectorError


def open_session(model: bytes) -> Any:
    """An `onnxruntime.InferenceSession` of an ONNX file that holds its weights.

    Raises:
        DetectorError: ONNX Runtime is not installed, or the file cannot be loaded; the text names the remedy.
    """
    try:
        runtime = importlib.import_module("onnxruntime")
    except ImportError:
        raise DetectorError(
            "ONNX Runtime is not installed; install streetwarden[onnx], or set no model"
        ) from None
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # the error text holds the messages too
    try:
        return runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 its errors have no base of their own
        raise DetectorError(
            f"it cannot be loaded ({first_line(error)}); give an ONNX file that holds its weights"
        ) from None


def first_line(error: Exception) -> str:
    """What an error says, in one line of at most 200 characters."""
    return str(error).strip().split("\n", 1)[0][:200] or type(error).__name__
