"""The size of a JPEG file is checked before it is decoded."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import SourceError
from edge.sources import jpeg
from tests.edge.clips import HEIGHT, WIDTH, pavement

FILE = jpeg.encode(pavement(), quality=80, max_bytes=1_000_000)


def test_size_and_picture_are_found() -> None:
    assert jpeg.size_px(FILE) == (WIDTH, HEIGHT)
    assert np.abs(jpeg.decode(FILE).astype(float) - pavement()).mean() < 8


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    start = FILE.index(b"\xff\xc0")
    bomb = FILE[: start + 5] + (60_000).to_bytes(2) * 2 + FILE[start + 9 :]
    with pytest.raises(SourceError, match="a size that a camera has"):
        jpeg.decode(bomb)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8", b"not a picture", FILE[:200], b"\xff\xd8" + b"\xff" * 100]
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(SourceError):
        jpeg.decode(data)


@given(st.binary(max_size=200))
def test_measuring_survives_anything(data: bytes) -> None:
    jpeg.size_px(b"\xff\xd8" + data)


def test_a_picture_is_made_to_fit() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (600, 800, 3), np.uint8)
    small = jpeg.encode(noise, quality=85, max_bytes=60_000)
    assert len(small) <= 60_000
    assert jpeg.decode(small).shape[1] < 800
