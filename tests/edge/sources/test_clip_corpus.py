"""Small clips of every kind are played in order, with monotonic time, without gaps, and efficiently."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av.logging
import pytest

from bench.clip_corpus import Clip, write
from bench.clips import faults, play, short


@pytest.fixture(autouse=True)
def quiet_library() -> Iterator[None]:
    """FFmpeg logs every damaged frame."""
    level = av.logging.get_level()
    av.logging.set_level(av.logging.PANIC)
    yield
    av.logging.set_level(level)


@pytest.mark.parametrize("clip", short(), ids=lambda clip: str(clip.name))
def test_a_clip_is_shown_as_it_should_be(clip: Clip, tmp_path: Path) -> None:
    assert faults(clip, play(write(clip, tmp_path))) == []
