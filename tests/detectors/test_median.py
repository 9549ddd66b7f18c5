from __future__ import annotations

import numpy as np
import pytest

from detectors.cover.median import median


@pytest.mark.parametrize("count", range(1, 14))
def test_it_is_what_sorting_each_pixel_gives(count: int) -> None:
    source = np.random.default_rng(count)
    looks = [source.integers(0, 256, (12, 16), dtype=np.uint8) for _ in range(count)]
    assert (median(looks) == np.median(np.stack(looks), axis=0).astype(np.uint8)).all()


def test_the_looks_stay_as_they_were() -> None:
    look = np.full((2, 2), 7, np.uint8)
    alone = median([look])
    alone += 1
    assert (look == 7).all()
