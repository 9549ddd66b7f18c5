"""The detection model that comes with the project: `ssdlite-mobilenet-v2.onnx`.

`NOTICE` says where it is from.
`scripts/model` makes the file anew.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import Final

from detectors.errors import DetectorError

FILE: Final = "ssdlite-mobilenet-v2.onnx"
SHA256: Final = "d03e470a01481a0b976ddd2ecd8fe631f6f5ad7693fb82eab3c4eaa0dcfd2274"


def shipped_model() -> bytes:
    """The file.

    Raises:
        DetectorError: it is missing or damaged.
    """
    try:
        model = (files(__name__) / FILE).read_bytes()
    except OSError as error:
        raise DetectorError(f"{FILE} cannot be read ({error.strerror}); install streetwarden anew") from None
    if hashlib.sha256(model).hexdigest() != SHA256:
        raise DetectorError(f"{FILE} is damaged: its SHA-256 is another; install streetwarden anew")
    return model
