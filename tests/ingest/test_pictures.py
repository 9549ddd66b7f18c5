"""Pictures and clips are checked by their bytes, without decoding."""

from __future__ import annotations

import base64
import time
from contextlib import suppress

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.pictures import NotMediaError, check_media, jpeg_size
from tests.edge.clips import crate_clip
from tests.ingest.running import JPEG

PICTURE = base64.b64decode(JPEG)


@pytest.mark.parametrize("progressive", [0, 1])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_size_of_what_an_encoder_writes_is_read(channels: int, progressive: int) -> None:
    image = np.random.default_rng(1).integers(0, 255, (48, 64, channels), dtype=np.uint8)
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_PROGRESSIVE, progressive])
    assert jpeg_size(encoded.tobytes()) == (64, 48)
    assert jpeg_size(encoded.tobytes() + b"what a camera appends") == (64, 48)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><script>alert(1)</script></html>",
        b"\xff\xd8",
        b"\xff\xd8<html>\xff\xd9",
        b"\xff\xd8 a picture \xff\xd9",
        b"\xff\xd8\xff\xe0" + b"\xff" * 1_000_000,
        b"\xff\xd8" + b"\xff\xfe\x00\x02" * 250_000,
        PICTURE[:-20],
        PICTURE.replace(b"\xff\xc0", b"\xff\xe1"),
        PICTURE.replace(b"\x00\x08\x00\x08", b"\xff\xff\xff\xff"),  # 65,535 x 65,535 pixels
        PICTURE.replace(b"\x00\x08\x00\x08", b"\x00\x00\x00\x08"),
        b"\x89PNG\r\n\x1a\n" + bytes(100),
    ],
)
def test_an_invalid_picture_is_recognised_at_once(data: bytes) -> None:
    began = time.perf_counter()
    with pytest.raises(NotMediaError):
        check_media(data, "image/jpeg")
    assert time.perf_counter() - began < 0.05


@given(st.binary(max_size=200), st.integers(0, len(PICTURE)))
def test_no_bytes_raise_anything_else(noise: bytes, at: int) -> None:
    for data in (noise, PICTURE[:at] + noise, PICTURE[:at] + noise + PICTURE[at:]):
        for media_type in ("image/jpeg", "video/mp4"):
            with suppress(NotMediaError):
                check_media(data, media_type)


def test_a_clip_is_recognised_by_its_content(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("clip") / "clip.mp4"
    crate_clip(file, put_s=0.2, taken_s=0.4, end_s=0.6, frames_per_s=5)
    clip = file.read_bytes()
    check_media(clip, "video/mp4")
    for bad in (clip[:-10], clip[8:], clip.replace(b"moov", b"free"), b"<html>", b"", b"\0\0\0\x08ftyp"):
        with pytest.raises(NotMediaError):
            check_media(bad, "video/mp4")
