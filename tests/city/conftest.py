"""A city folder that all of the city's tests may read."""

from __future__ import annotations

from pathlib import Path

import pytest

from city.build import build

SEED = 11


@pytest.fixture(scope="session")
def city_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole city, but for its clips, which end after four seconds."""
    folder = tmp_path_factory.mktemp("cities") / "city"
    build(folder, seed=SEED, clip_s=4.0, tell=lambda _: None)
    return folder
