from __future__ import annotations

import json
import re
from pathlib import Path

import av
import msgspec
import pytest
from click.testing import CliRunner

from detectors.places import ellipse
from edge.replay.command import command
from edge.replay.errors import ReplayError
from edge.replay.truth import events_of, read
from tests.detectors.street import CENTRE, COVER_PX, HEIGHT, TALL, WIDTH, ZONE, Street, box
from tests.detectors.veto.models import red_is_a_person
from tests.edge.running import crate_camera
from tests.edge.test_recognition import standing_clip

_SECONDS = 150
_GONE_S = (70.0, 120.0)
_HEAP_S = (60.0, 110.0)
_COVER_BOX = [CENTRE[0] - 32, CENTRE[1] - 22, CENTRE[0] + 32, CENTRE[1] + 22]
_HEAP_BOX = [318, 162, 362, 200]
_GROUND = ", ".join(
    f"{{ px = [{x}, {y}], m = [{x / 22.5:.3f}, {y / 22.5:.3f}] }}"
    for x, y in ((0, 0), (480, 0), (480, 272), (0, 272))
)
"""22.5 pixels are a metre."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A street at 4 frames a second with a keyframe every 2 s: a cover goes, a heap comes, both end."""
    file = tmp_path_factory.mktemp("clips") / "street.mp4"
    street = Street()
    with av.open(str(file), "w") as container:
        stream = container.add_stream(
            "libx264",
            rate=4,
            options={"preset": "ultrafast", "crf": "23", "x264-params": "keyint=8:scenecut=0"},
        )
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(_SECONDS * 4):
            at_s = index / 4
            heap = [box(340, 200)] if _HEAP_S[0] <= at_s < _HEAP_S[1] else []
            picture = street.picture(*heap, covered=not _GONE_S[0] <= at_s < _GONE_S[1])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    outline = [[round(x, 1), round(y, 1)] for x, y in ellipse(*CENTRE, COVER_PX, COVER_PX * TALL).tolist()]
    (file.parent / "box.toml").write_text(
        f'[box]\ntime_zone = "Asia/Shanghai"\n'
        f'[[camera]]\nid = "cam"\nsource = "file:street.mp4"\nlat = 1\nlon = 2\n'
        f"ground = [{_GROUND}]\n"
        f'[[camera.cover]]\nid = "cover-1"\npolygon_px = {outline}\n'
        f'[[camera.zone]]\nid = "zone-1"\ndetects = "goods"\ndwell_s = 10\n'
        f'allowed = ["06:00-09:00"]\n'
        f"polygon_px = {[list(corner) for corner in ZONE]}\n"
    )
    events = [
        {"kind": "cover_missing", "begins_s": 70, "ends_s": 120, "bbox": _COVER_BOX},
        {"kind": "goods", "begins_s": 60, "ends_s": 110, "bbox": _HEAP_BOX, "what": "a carton"},
    ]
    truth = {"note": "made", "clips": [{"file": "video/street.mp4", "events": events}]}
    (file.parent / "truth.json").write_bytes(msgspec.json.encode(truth))
    return file


def _run(clip: Path, *more: str) -> str:
    arguments = [str(clip), "--config", str(clip.parent / "box.toml"), *more]
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_a_clip_is_scored_in_every_phase(clip: Path) -> None:
    truth = ["--truth", str(clip.parent / "truth.json")]
    told = json.loads(_run(clip, *truth, "--phases", "3", "--json"))
    assert told["score"] == {"found": 6, "missed": 0, "false": 0, "doubled": 0}
    assert [len(phase["incidents"]) for phase in told["phases"]] == [2, 2, 2]
    assert "at its far end a thing of 0.4 m is 9 px wide" in told["warnings"][0]
    shifts = [phase["shift_s"] for phase in told["phases"]]
    assert shifts == sorted(set(shifts))


def test_keyframes_alone_serve_where_they_come_often_enough(clip: Path) -> None:
    told = json.loads(_run(clip, "--json"))
    assert not told["every_frame_decoded"]
    assert told["keyframe_gap_s"] == pytest.approx(2.0)
    (phase,) = told["phases"]
    assert {one["kind"] for one in phase["incidents"]} == {"cover_missing", "goods"}
    for one in phase["incidents"]:
        assert one["since_s"] <= one["told_s"] < one["end_told_s"]


@pytest.mark.parametrize(
    ("begins", "kinds"),
    [
        ("2026-11-24 07:00", ["cover_missing"]),
        ("2026-11-24 08:59", ["cover_missing", "goods"]),
        ("2026-11-24 09:30", ["cover_missing", "goods"]),
    ],
)
def test_the_hours_of_a_zone_count_once_the_hour_is_said(clip: Path, begins: str, kinds: list[str]) -> None:
    (phase,) = json.loads(_run(clip, "--json", "--begins", begins))["phases"]
    assert sorted(one["kind"] for one in phase["incidents"]) == kinds


def test_the_boxs_model_is_asked_as_on_the_box(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "red.onnx").write_bytes(red_is_a_person(gain=90.0))  # of the brown carton too
    veto = '[veto]\nmodel = "red.onnx"\nlabels = ["person", "thing"]\ngoods = ["person"]\n'
    config = tmp_path / "box.toml"
    config.write_text(veto + (clip.parent / "box.toml").read_text())
    result = CliRunner().invoke(
        command, [str(clip), "--config", str(config), "--json"], catch_exceptions=False
    )
    (phase,) = json.loads(result.output)["phases"]
    assert [one["kind"] for one in phase["incidents"]] == ["cover_missing"]
    assert {(one["kind"], one["recognised"]) for one in phase["refused"]} == {("goods", None)}


def test_who_stands_there_is_refused_and_said_so_unless_the_model_is_switched_off(tmp_path: Path) -> None:
    standing_clip(tmp_path / "clip.mp4")
    camera = crate_camera("c1", "file:clip.mp4", dwell_s=4.0)
    outputs = {}
    for switched_on in (True, False):
        config = tmp_path / "box.toml"
        config.write_text(f"[recognition]\nenabled = {str(switched_on).lower()}\n{camera}")
        result = CliRunner().invoke(
            command, [str(tmp_path / "clip.mp4"), "--config", str(config)], catch_exceptions=False
        )
        outputs[switched_on] = result.output
    assert "no incident" in outputs[True]
    assert re.search(r"no goods at kerb: looks like person, 0\.\d\d, box", outputs[True])
    assert "goods at kerb, since" in outputs[False]


def test_explain_tells_the_cues_and_every_threshold(clip: Path) -> None:
    told = json.loads(_run(clip, "--json", "--explain"))
    incidents = {one["kind"]: one for one in told["phases"][0]["incidents"]}
    limits = told["thresholds"]
    cues = incidents["goods"]["cues"]
    assert cues["agreed"] >= limits["left_object.agreed_min"]["value"]
    assert cues["sway"] <= limits["left_object.sway_max"]["value"]
    assert incidents["cover_missing"]["cues"]["gap"] >= limits["cover.displaced_gap"]["value"]


def test_thresholds_are_explained_without_a_clip() -> None:
    result = CliRunner().invoke(command, ["--explain"], catch_exceptions=False)
    assert "left_object.sway_max = 0.34  (working px)\n    above: a person" in result.output
    assert "Origin: trials on synthetic scenes" in result.output
    with pytest.raises(ReplayError, match="replay needs VIDEO"):
        CliRunner().invoke(command, [], catch_exceptions=False)


def test_people_get_sentences_and_pictures(clip: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "drawn.mp4"
    said = _run(clip, "--draw", str(drawn))
    assert "cover_missing at cover-1" in said
    with av.open(str(drawn)) as container:
        assert sum(1 for _ in container.decode(video=0)) >= 70
    assert drawn.with_suffix(".jpg").stat().st_size > 5000


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--camera", "other"], "cameras: cam"),
        (["--truth", "nowhere.json"], "cannot read nowhere.json"),
        (["--draw", "/nowhere/x.mp4"], "cannot write /nowhere/x.mp4"),
        (["--phases", "0"], "at least 1"),
    ],
)
def test_an_impossible_request_is_one_sentence(clip: Path, arguments: list[str], reason: str) -> None:
    with pytest.raises(ReplayError, match=reason):
        _run(clip, *arguments)


def test_a_file_that_is_no_video_is_named(clip: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "street.mp4"
    wrong.write_text("no video")
    with pytest.raises(ReplayError, match=r"street\.mp4"):
        command.main(
            [str(wrong), "--config", str(clip.parent / "box.toml")], standalone_mode=False, prog_name="replay"
        )


def test_a_truth_that_does_not_list_the_clip_is_refused(clip: Path) -> None:
    told = read(clip.parent / "truth.json")
    with pytest.raises(ReplayError, match=r"does not list other\.mp4"):
        events_of(told, Path("other.mp4"))


def test_a_citys_truth_is_understood_too(tmp_path: Path) -> None:
    event = {
        "camera": "cam-01",
        "type": "stall",
        "box_px": [1, 2, 3, 4],
        "begins_s": 5,
        "ends_s": 9,
        "zone": "z",
    }
    told = {"cameras": [{"camera": "cam-01", "clip": "clips/cam-01.mp4"}], "events": [event], "seed": 1}
    file = tmp_path / "truth.json"
    file.write_bytes(msgspec.json.encode(told))
    (found,) = events_of(read(file), Path("anywhere/cam-01.mp4"))
    assert (found.kind, found.begins_s, found.ends_s) == ("stall", 5, 9)
