"""Recorded clips of any folder are judged by their truth file, and their objects can be pasted again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from click.testing import CliRunner

from bench.detector_version import detector_commit
from bench.errors import BenchError
from bench.real_clips import command
from bench.recorded.folder import Event, RecordedClip, clips_of
from bench.recorded.pasted import pasted
from bench.recorded.tally import tally
from bench.recorded.trial import Found, Trial
from detectors.look import Image
from edge.replay.score import Truth

WIDTH, HEIGHT = 320, 192
BAG = (120, 90, 150, 130)
COMES_S, GOES_S, SECONDS = 30, 60, 66
_PER_S = 2
CORNER = [[0, 0], [9, 0], [9, 9]]


def _film(file: Path, *, bag: bool) -> None:
    source = np.random.default_rng(5)
    ground = np.repeat(source.integers(90, 140, (HEIGHT // 4, WIDTH // 4)), 4, axis=0).repeat(4, axis=1)
    with av.open(str(file), "w") as container:
        stream = container.add_stream("libx264", rate=_PER_S, options={"preset": "ultrafast", "crf": "20"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(SECONDS * _PER_S):
            grey = ground + source.normal(0, 2, ground.shape)
            picture = grey[:, :, None] + np.array([0, 8, 14])
            if bag and COMES_S <= index / _PER_S < GOES_S:
                picture[BAG[1] : BAG[3], BAG[0] : BAG[2]] = (40, 30, 30)
                picture[BAG[1] + 8 : BAG[1] + 12, BAG[0] : BAG[2]] = (90, 160, 200)
            drawn = np.clip(picture, 0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(drawn, format="bgr24")))
        container.mux(stream.encode())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("recorded")
    _film(made / "bag.mp4", bag=True)
    _film(made / "quiet.mp4", bag=False)
    event = {"bbox": BAG, "begins_s": COMES_S, "ends_s": GOES_S, "group": "bag", "what": "a bag"}
    truth = {"clips": [{"file": "bag.mp4", "events": [event]}], "negatives": [{"file": "quiet.mp4"}]}
    (made / "truth.json").write_text(json.dumps(truth))
    return made


def test_a_folder_is_judged_by_dwell_group_and_clip(folder: Path) -> None:
    arguments = [str(folder), "--phases", "1", "--dwell-s", "6", "--dwell-s", "25", "--json"]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    figures = json.loads(done.stdout.splitlines()[-1])
    assert (figures["detectors"], figures["model"]) == (detector_commit(), True)
    short, long = figures["6"], figures["25"]
    assert short["found"] == {"rate": 1.0, "low": 0.2065, "high": 1.0, "of": 1}
    assert short["found_by_group"]["bag"]["rate"] == 1.0
    assert (short["missed"], short["false"], short["doubled"]) == (0, 0, 0)
    assert 6 <= short["median_delay_s"] <= 16
    assert short["camera_hours"] == round(2 * SECONDS / 3600, 2)
    # 30 s are less than 1.5 dwells of 25 s: nobody asks for it, and a report of it is not false.
    assert (long["events"], long["false"], long["not_asked"]["trials"]) == (0, 0, 1)
    assert long["found"]["rate"] is None


def test_zones_are_moved_grown_and_shrunk_on_request(folder: Path) -> None:
    arguments = [str(folder), "--phases", "1", "--vary", "--only", "quiet", "--json"]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    figures = json.loads(done.stdout.splitlines()[-1])["6"]
    assert (figures["trials"], figures["false"]) == (7, 0)


def test_an_object_pasted_again_stands_beside_itself_from_its_time_on(folder: Path, tmp_path: Path) -> None:
    clip = clips_of(folder)[0]
    made = pasted(clip, clip.events[0], things=3, apart_s=10.0, into=tmp_path)
    assert [one.truth.begins_s for one in made.events] == [30, 40, 50]
    assert {one.group for one in made.events} == {"3 things 10 s apart"}
    lefts = [one.truth.boxes[0][0] for one in made.events]
    assert lefts == [120, 165, 75]
    for at_s, there in ((25, []), (35, [120]), (45, [120, 165]), (55, [75, 120, 165])):
        picture = _picture(made.file, at_s)
        seen = sorted(left for left in lefts if picture[100:125, int(left) + 4 : int(left) + 26].mean() < 60)
        assert seen == there


def test_there_must_be_room_and_time(folder: Path, tmp_path: Path) -> None:
    clip = clips_of(folder)[0]
    with pytest.raises(BenchError, match="has room for"):
        pasted(clip, clip.events[0], things=9, apart_s=0.0, into=tmp_path)
    late = Event(name="e", group="g", truth=Truth(kind="", begins_s=SECONDS - 1.0, ends_s=None, boxes=(BAG,)))
    with pytest.raises(BenchError, match="shows too little from"):
        pasted(clip, late, things=2, apart_s=0.0, into=tmp_path)


@pytest.mark.parametrize(
    ("truth", "says"),
    [
        ({"clips": [{"file": "absent.mp4"}]}, "absent.mp4 is absent"),
        ({"clips": []}, "names no clips"),
        ({"clips": [{"file": "bag.mp4"}], "negatives": [{"file": "bag.mp4"}]}, "names bag.mp4 twice"),
        ({"clips": [{"file": "bag.mp4", "events": [{"bbox": [9, 0, 3, 5], "begins_s": 1}]}]}, "a box is"),
        ({"clips": [{"file": "bag.mp4", "events": [{"bbox": [0, 0, 3, 5]}]}]}, "neither begins_s nor"),
        (
            {"clips": [{"file": "bag.mp4", "events": [{"bbox": [0, 0, 3, 5], "begins_s": 9, "ends_s": 2}]}]},
            "begins at 9",
        ),
        (
            {"clips": [{"file": "bag.mp4", "events": [{"bbox": [0, 0, 999, 5], "begins_s": 1}]}]},
            "lies outside",
        ),
        (
            {
                "clips": [
                    {"file": "bag.mp4", "zones": [{"id": "z", "polygon_px": [[0, 0], [9, 0], [9, 999]]}]}
                ]
            },
            "zone z lies outside",
        ),
        (
            {
                "clips": [
                    {"file": "bag.mp4", "zones": [{"id": "z", "polygon_px": [[0, 0], [9, 0], [9, 9]]}] * 2}
                ]
            },
            "two zones of one id",
        ),
        ({"clips": [{"file": "truth.json"}]}, "truth.json: "),
        ({"clips": [{"file": 3}]}, "is not a truth file"),
    ],
)
def test_a_wrong_truth_file_is_refused_in_one_sentence(
    folder: Path, tmp_path: Path, truth: dict[str, Any], says: str
) -> None:
    (tmp_path / "bag.mp4").symlink_to(folder / "bag.mp4")
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    with pytest.raises(BenchError, match=says):
        CliRunner().invoke(command, [str(tmp_path), "--phases", "1"], catch_exceptions=False)


def test_a_name_that_no_clip_has_is_refused(folder: Path) -> None:
    with pytest.raises(BenchError, match="has elephants in its name"):
        CliRunner().invoke(command, [str(folder), "--only", "elephants"], catch_exceptions=False)


def test_a_missing_truth_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"truth\.json is absent"):
        clips_of(tmp_path)


def test_phases_of_one_event_count_once_in_an_interval() -> None:
    def trial(phase: int, delay_s: float | None, false: int) -> Trial:
        found = Found(event="c/1", group="bag", asked=True, delay_s=delay_s, doubled=0)
        return Trial(
            clip="c", zone="z", dwell_s=6.0, phase=phase, shift_s=0.0, seconds=1800.0, found=(found,),
            false=((1.0, (0.0, 0.0, 1.0, 1.0)),) * false, ms_per_look=1.0,
        )  # fmt: skip

    figures = tally([trial(0, 9.0, 0), trial(1, None, 1), trial(2, 11.0, 0), trial(3, 8.0, 0)])
    assert figures["found"]["rate"] == 0.75
    assert figures["found"]["of"] == 1
    assert (figures["missed"], figures["false"], figures["false_in_24_h"]) == (1, 1, 12.0)
    assert figures["precision"]["rate"] == 0.75
    assert figures["found_by_phase"]["1"]["rate"] == 0.0
    assert figures["false_by_phase"] == {"1": 1}


def _picture(file: Path, at_s: float) -> Image:
    with av.open(str(file)) as container:
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time >= at_s:
                return np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
    raise AssertionError(at_s)


def test_the_clip_has_its_own_zones(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "bag.mp4").symlink_to(folder / "bag.mp4")
    zone = {"id": "left", "polygon_px": [[0, 0], [100, 0], [100, 190], [0, 190]]}
    event = {"bbox": BAG, "begins_s": COMES_S}
    (tmp_path / "truth.json").write_text(
        json.dumps({"clips": [{"file": "bag.mp4", "events": [event], "zones": [zone]}]})
    )
    (clip,) = clips_of(tmp_path)
    assert isinstance(clip, RecordedClip)
    done = CliRunner().invoke(command, [str(tmp_path), "--phases", "1"], catch_exceptions=False)
    figures = json.loads(done.stdout.splitlines()[-1])["6"]
    assert (figures["events"], figures["not_asked"]["trials"], figures["false"]) == (0, 1, 0)


def test_a_box_without_the_model_can_be_measured(folder: Path) -> None:
    arguments = [str(folder), "--phases", "1", "--only", "quiet", "--no-model", "--json"]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert json.loads(done.stdout.splitlines()[-1])["model"] is False
