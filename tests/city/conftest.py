"""A city folder that all tests of the city share."""

from __future__ import annotations

from pathlib import Path

import pytest

from city.build import build

SEED = 11


@pytest.fixture(scope="session")
def city_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete city with clips of only four seconds."""
    folder = tmp_path_factory.mktemp("cities") / "city"
    build(folder, seed=SEED, clip_s=4.0, tell=lambda _: None)
    return folder
