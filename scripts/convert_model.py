"""TensorFlow.js to ONNX, for `scripts/model`; run by the virtual environment of scripts/model.lock.

    convert_model.py MODEL.json OUT.onnx

The graph begins behind its own preparation of pictures (a loop over pictures of any size) and ends before
the choice of boxes. Input: (1, 300, 300, 3) red, green, blue from -1 to 1. Output: `boxes` (1, 1917, 1, 4),
top, left, bottom, right from 0 to 1, and `scores` (1, 1917, 90), one for each class of COCO, counted from 1.

Weights are stored in 8 bits with a scale for each output channel; ONNX Runtime unfolds them to 32 bits as it
loads the file, so that nothing is computed in 8 bits.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np

# tf2onnx 1.17 still uses names that NumPy 2 has removed.
for name, meant in (("product", np.prod), ("bool", np.bool_), ("object", object)):
    setattr(np, name, meant)

import onnx
import tf2onnx
from onnx import ModelProto, TensorProto, helper, numpy_helper

OPSET = 17
INPUT = "Preprocessor/sub"
INPUT_SHAPE = (1, 300, 300, 3)
OUTPUTS = {"Postprocessor/ExpandDims_1": "boxes", "Postprocessor/Slice": "scores"}
MIN_WEIGHTS = 256
"""Smaller tensors are left alone: biases, sizes."""


def between(topology: dict[str, Any]) -> None:
    """Leave only the nodes between `INPUT`, which becomes an input, and `OUTPUTS`."""
    nodes = {node["name"]: node for node in topology["node"]}
    dimensions = [{"size": str(size)} for size in INPUT_SHAPE]
    form = {"dtype": {"type": "DT_FLOAT"}, "shape": {"shape": {"dim": dimensions}}}
    nodes[INPUT] = {"name": INPUT, "op": "Placeholder", "attr": form}
    needed, wanted = set(), list(OUTPUTS)
    while wanted:
        name = wanted.pop().split(":")[0]
        if name not in needed:
            needed.add(name)
            inputs = [each for each in nodes[name].get("input", []) if not each.startswith("^")]
            nodes[name]["input"] = inputs
            wanted += inputs
    topology["node"] = [nodes[node["name"]] for node in topology["node"] if node["name"] in needed]


def named(model: ModelProto) -> ModelProto:
    """The model with short names for its input and outputs."""
    short = {f"{INPUT}:0": "picture"} | {f"{name}:0": called for name, called in OUTPUTS.items()}
    for node in model.graph.node:
        node.input[:] = [short.get(name, name) for name in node.input]
        node.output[:] = [short.get(name, name) for name in node.output]
    for value in [*model.graph.input, *model.graph.output]:
        value.name = short.get(value.name, value.name)
    return model


def with_plain_names(model: ModelProto) -> ModelProto:
    """The model with tensors counted in the order of the nodes: tf2onnx's names differ from run to run."""
    graph = model.graph
    names = {value.name: value.name for value in [*graph.input, *graph.output]}
    for node in graph.node:
        node.name = ""
        for name in [*node.input, *node.output]:
            names.setdefault(name, f"t{len(names)}" if name else "")
    for node in graph.node:
        node.input[:] = [names[name] for name in node.input]
        node.output[:] = [names[name] for name in node.output]
    used = [tensor for tensor in graph.initializer if tensor.name in names]
    for tensor in used:
        tensor.name = names[tensor.name]
    ordered = sorted(used, key=lambda tensor: tensor.name)
    del graph.initializer[:]
    graph.initializer.extend(ordered)
    return model


def in_8_bits(model: ModelProto) -> ModelProto:
    """The model with each large tensor as 8-bit integers times a scale for each output channel."""
    graph, kept, unfolding = model.graph, [], []
    for tensor in graph.initializer:
        weights = numpy_helper.to_array(tensor)
        if weights.dtype != np.float32 or weights.size < MIN_WEIGHTS:
            kept.append(tensor)
            continue
        name = tensor.name
        largest = np.abs(weights).max(axis=tuple(range(1, weights.ndim)), keepdims=True)
        scale = np.maximum(largest / 127, 1e-12).astype(np.float32)
        rounded = np.clip(np.round(weights / scale), -127, 127).astype(np.int8)
        kept += [
            numpy_helper.from_array(rounded, f"{name}/8"),
            numpy_helper.from_array(scale, f"{name}/scale"),
        ]
        unfolding += [
            helper.make_node("Cast", [f"{name}/8"], [f"{name}/32"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{name}/32", f"{name}/scale"], [name]),
        ]
    rest = list(graph.node)
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(unfolding + rest)
    return model


def main() -> None:
    """Convert, check, write."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    described = json.loads(source.read_text(encoding="utf-8"))
    between(described["modelTopology"])
    cut = source.with_name("cut.json")  # beside the weights that it names
    cut.write_text(json.dumps(described), encoding="utf-8")
    model, _ = tf2onnx.convert._convert_common(
        None,
        name="ssdlite-mobilenet-v2",
        tfjs_path=str(cut),
        input_names=[f"{INPUT}:0"],
        output_names=[f"{name}:0" for name in OUTPUTS],
        opset=OPSET,
    )
    small = in_8_bits(with_plain_names(named(model)))
    small.doc_string = (
        "ssdlite_mobilenet_v2_coco, The TensorFlow Authors, Apache-2.0; 8-bit weights; see NOTICE"
    )
    onnx.checker.check_model(small)
    target.write_bytes(small.SerializeToString(deterministic=True))


main()
