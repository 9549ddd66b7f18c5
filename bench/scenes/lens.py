"""Flaws of a cheap camera: shake, exposure, focus, dirt, noise, compression."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, Literal

import av
import cv2
import numpy as np

from bench.scenes.ground import HEIGHT, WIDTH, Generator, Surface
from detectors.look import Image

Flaw = Literal["none", "shake", "exposure", "soft", "dirt", "noise"]
_NOISES: Final = 9
"""So many pictures of noise are made once, and one of them is added to each picture."""
FLAWS: Final[tuple[Flaw, ...]] = ("none", "shake", "exposure", "soft", "dirt", "noise")


class Lens:
    """A camera with one flaw. Every picture is encoded as an H.264 keyframe at low quality, and decoded."""

    def __init__(self, flaw: Flaw, source: Generator, *, quantiser: int = 33) -> None:
        self.flaw = flaw
        self.source = source
        self._dirt = np.ones((HEIGHT, WIDTH, 1), np.float32)
        for _ in range(5):
            spot = np.zeros((HEIGHT, WIDTH), np.float32)
            x, y = int(self.source.uniform(0, WIDTH)), int(self.source.uniform(0, HEIGHT))
            cv2.circle(spot, (x, y), int(self.source.uniform(8, 26)), 1.0, -1)
            self._dirt -= 0.25 * cv2.GaussianBlur(spot, (0, 0), 8)[:, :, None]
        strength = 9.0 if flaw == "noise" else 3.0
        shape = (HEIGHT, WIDTH, 1)
        self._noise = [self.source.normal(0, strength, shape).astype(np.float32) for _ in range(_NOISES)]
        self._encoder = _coder(quantiser)
        decoder = av.CodecContext.create("h264", "r")
        assert isinstance(decoder, av.VideoCodecContext)
        self._decoder = decoder

    def take(self, scene: Surface, at_s: float) -> Image:
        """The decoded picture of a scene, (208, 352, 3)."""
        image = scene
        if self.flaw == "shake":
            right, down = self.source.normal(0, 1.6, 2)
            matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
            image = np.asarray(
                cv2.warpAffine(image, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE), np.float32
            )
        elif self.flaw == "exposure":
            gain = 1.0 + 0.3 * np.sin(at_s / 9.0) * (np.sin(at_s / 31.0) > 0)
            image = np.asarray(image * float(gain), np.float32)
        elif self.flaw == "soft":
            image = np.asarray(cv2.GaussianBlur(image, (0, 0), 1.3), np.float32)
        elif self.flaw == "dirt":
            image = image * self._dirt
        noisy = image + self._noise[int(self.source.integers(0, _NOISES))]
        return self._coded(np.asarray(cv2.convertScaleAbs(np.maximum(noisy, 0)), np.uint8))

    def _coded(self, image: Image) -> Image:
        planes = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420), np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        for packet in self._encoder.encode(frame):
            for out in self._decoder.decode(packet):
                back = np.asarray(out.to_ndarray(format="yuv420p"), np.uint8)
                return np.asarray(cv2.cvtColor(back, cv2.COLOR_YUV2BGR_I420), np.uint8)
        return image


def _coder(quantiser: int) -> av.VideoCodecContext:
    coder = av.CodecContext.create("libx264", "w")
    assert isinstance(coder, av.VideoCodecContext)
    coder.width, coder.height, coder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    coder.time_base = Fraction(1, 25)
    coder.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "crf": str(quantiser),
        "g": "1",
        "threads": "1",
    }
    return coder
