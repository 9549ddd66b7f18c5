"""Tiny models for the tests, built here: one that calls red pictures a person, and some that are no use."""

from __future__ import annotations

from typing import Final

import numpy as np
from onnx import GraphProto, ModelProto, TensorProto, checker, helper, numpy_helper

LABELS: Final = ("person", "thing")
_IR: Final = 8
_OPSET: Final = 17


def red_is_a_person(
    *,
    rows: int | str = 16,
    columns: int | str = 16,
    channels_last: bool = False,
    takes_bytes: bool = False,
    softmax: bool = False,
    gain: float = 20.0,
) -> bytes:
    """Figures for `LABELS` from the mean of red less blue, as a file's bytes."""
    shape = [1, rows, columns, 3] if channels_last else [1, 3, rows, columns]
    kind = TensorProto.UINT8 if takes_bytes else TensorProto.FLOAT
    over = [1, 2] if channels_last else [2, 3]
    scale = 255.0 if takes_bytes else 1.0
    weights = np.array([[gain, 0.0], [0.0, 0.0], [-gain, 0.0]], np.float32) / scale
    nodes = [
        helper.make_node("Cast", ["picture"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["floats"], ["mean"], axes=over, keepdims=0),
        helper.make_node("MatMul", ["mean", "weights"], ["weighed"]),
        helper.make_node("Add", ["weighed", "bias"], ["logits"]),
    ]
    if softmax:
        nodes.append(helper.make_node("Softmax", ["logits"], ["chances"], axis=1))
    graph = helper.make_graph(
        nodes,
        "red-is-a-person",
        [helper.make_tensor_value_info("picture", kind, shape)],
        [helper.make_tensor_value_info("chances" if softmax else "logits", TensorProto.FLOAT, [1, 2])],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.array([[-3.0, 0.0]], np.float32), "bias"),
        ],
    )
    return _file(graph)


def two_inputs() -> bytes:
    """A model that adds two pictures."""
    shape = [1, 3, 16, 16]
    pictures = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("one", "other")]
    answer = helper.make_tensor_value_info("sum", TensorProto.FLOAT, shape)
    return _file(
        helper.make_graph([helper.make_node("Add", ["one", "other"], ["sum"])], "g", pictures, [answer])
    )


def grey_pictures_only() -> bytes:
    """A model with one channel."""
    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 1, 16, 16])
    answer = helper.make_tensor_value_info("same", TensorProto.FLOAT, [1, 1, 16, 16])
    return _file(
        helper.make_graph([helper.make_node("Relu", ["picture"], ["same"])], "g", [picture], [answer])
    )


def _file(graph: GraphProto) -> bytes:
    model: ModelProto = helper.make_model(
        graph, ir_version=_IR, opset_imports=[helper.make_opsetid("", _OPSET)]
    )  # fmt: skip
    checker.check_model(model)
    return bytes(model.SerializeToString())
