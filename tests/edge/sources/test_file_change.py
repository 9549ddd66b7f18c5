"""A box notices that a file was replaced while it plays, as soon as the new file is complete."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from edge.sources.file_change import FileChange
from tests.edge.sources.test_video import counting_clip, numbers, player


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"first")
    return file


def seconds(change: FileChange, begin: int, end: int) -> list[bool]:
    return [change.is_done(float(now)) for now in range(begin, end)]


def test_a_file_that_stays_is_no_other(file: Path) -> None:
    assert not any(seconds(FileChange(file, 0.0), 0, 20))


@pytest.mark.parametrize("how", ["replaced", "overwritten", "cut off"])
def test_another_file_is_noticed_once_it_rests(file: Path, how: str) -> None:
    change = FileChange(file, 0.0)
    assert not change.is_done(1.0)
    if how == "replaced":
        (file.parent / "new").write_bytes(b"other")
        (file.parent / "new").rename(file)
    elif how == "overwritten":
        file.write_bytes(b"second!")
    else:
        file.write_bytes(b"f")
    assert seconds(change, 2, 8) == [False, False, True, True, True, True]


def test_a_recording_that_grows_is_played_on(file: Path) -> None:
    change = FileChange(file, 0.0)
    for now in range(1, 20):
        with file.open("ab") as growing:
            growing.write(b"more")
        assert not change.is_done(float(now))


def test_a_file_that_was_rotated_away_is_played_on_until_the_next_one_comes(file: Path) -> None:
    change = FileChange(file, 0.0)
    file.rename(file.with_name("clip.1.mp4"))
    assert not any(seconds(change, 1, 10))
    file.write_bytes(b"first")
    assert any(seconds(change, 10, 15))


@pytest.mark.parametrize("loop", [True, False])
def test_the_new_recording_is_played_from_its_beginning(tmp_path: Path, *, loop: bool) -> None:
    file = counting_clip(tmp_path / "clip.mp4", 30, keyframe_every=8)
    other = counting_clip(tmp_path / "other.mp4", 10, keyframe_every=8, first=32)
    pictures = player(file, decode="all", loop=loop)[1]
    shown = [next(pictures) for _ in range(8)]
    other.rename(file)
    shown += itertools.islice(pictures, 18)
    seen = numbers(shown)
    cut = seen.index(32)
    assert seen[:cut] == list(range(cut))
    assert 8 + 8 <= cut <= 8 + 16  # it had rested for two seconds
    assert seen[cut:] == list(range(32, 32 + len(seen) - cut))
    assert [later.at_s - earlier.at_s for earlier, later in itertools.pairwise(shown)] == pytest.approx(
        [0.25] * (len(shown) - 1)
    )


def test_a_file_that_is_cut_off_ends_where_it_ends(tmp_path: Path) -> None:
    file = counting_clip(tmp_path / "clip.ts", 40, keyframe_every=8)
    pictures = player(file, decode="all", loop=True)[1]
    shown = [next(pictures) for _ in range(8)]
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    shown += [next(pictures) for _ in range(60)]
    assert len([number for number in numbers(shown) if number == 0]) >= 2
