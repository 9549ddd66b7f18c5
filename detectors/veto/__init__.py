"""A veto on incidents by a model: is that an object, or a person who stands there? Off without a model.

    decision.py     the part of the picture that the model is shown, and the answers that refuse an incident
    onnx_model.py   a classifier in an ONNX file, run by ONNX Runtime

No model comes with the project (docs/decisions/0026-a-veto-without-weights.md).
"""
