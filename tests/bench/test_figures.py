"""Figures of several rounds are combined correctly."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from types import FrameType

import pytest

from bench.account import without_fate
from bench.contenders import lag_quantile, settled
from bench.figures import rounded, spread
from bench.load import messages
from bench.microseconds_picture import draw
from bench.sampled import REST, stage_of
from wire.codec import decode
from wire.messages import Position
from wire.topics import Stream

ISSUE_KEYS = {
    "ours_msgs_per_s", "baseline_msgs_per_s", "pipeline_msgs_per_s", "array_rows_per_s", "copy_rows_per_s",
    "ingest_cpu_us_per_msg", "lag_p99_s_at_5k", "peak_rss_mib", "lost", "duplicated",
}  # fmt: skip


def test_a_spread_is_the_median_and_the_extremes() -> None:
    assert spread([5.0, 1.0, 3.0]) == {"median": 3.0, "least": 1.0, "greatest": 5.0}


def test_a_figure_has_four_digits_that_count() -> None:
    assert [rounded(value) for value in (61_176.2, 0.0123456, 0.0)] == [61_180.0, 0.01235, 0.0]


def test_a_quantile_of_the_lag_is_the_upper_bound_of_its_bucket() -> None:
    name = 'streetwarden_ingest_lag_seconds_bucket{{le="{}"}}'
    metrics = {name.format(bound): total for bound, total in (("0.1", 50.0), ("0.2", 99.0), ("+Inf", 100.0))}
    assert [lag_quantile(metrics, share) for share in (0.5, 0.51, 0.99, 1.0)] == [0.1, 0.2, 0.2, float("inf")]


def test_messages_without_a_fate_are_those_received_less_all_others() -> None:
    metrics = {
        "streetwarden_ingest_messages_received_total": 10.0,
        "streetwarden_ingest_messages_in_flight": 3.0,
        'streetwarden_ingest_messages_total{fate="stored",stream="position"}': 4.0,
        'streetwarden_ingest_messages_total{fate="duplicate",stream="position"}': 2.0,
    }
    assert settled(metrics) == 6
    assert without_fate(metrics) == 1


def test_a_load_is_valid_and_has_each_vehicle_and_moment_once() -> None:
    made = messages(60, vehicles=7, fixes=3, start=1_795_000_000.0)
    keys = set()
    for topic, payload in made:
        fixes = decode(Stream.POSITION, payload)
        assert isinstance(fixes, list)
        assert all(isinstance(fix, Position) for fix in fixes)
        keys |= {(topic, fix.time) for fix in fixes if isinstance(fix, Position)}
    assert len(keys) == 180
    assert len({topic for topic, _ in made}) == 7


def test_the_picture_is_well_formed_whatever_the_names() -> None:
    picture = ET.fromstring(draw({"a<b": 1.0, "broker": 13.5}, {"rules": 2.5, "rest & more": 0.1}))
    assert len(picture.findall(".//{http://www.w3.org/2000/svg}title")) == 4


def test_a_sample_falls_to_the_innermost_stage() -> None:
    frames: list[FrameType] = []

    def take(frame: FrameType | None) -> None:
        while frame is not None:
            frames.append(frame)
            frame = frame.f_back

    take(sys._getframe())
    assert stage_of(frames[0]) == REST
    assert stage_of(None) == REST


@pytest.mark.servers
def test_ingest_is_measured_beside_its_contenders_with_one_command(servers_can_run: None) -> None:
    command = [sys.executable, "-m", "bench", "ingest", "--json", "--rounds", "1", "--messages", "3000"]
    done = subprocess.run(
        [*command, "--paced-seconds", "2"], capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = done.stdout.splitlines()
    found = json.loads(line)
    assert set(found) >= ISSUE_KEYS
    assert (found["lost"], found["duplicated"]) == (0, 0)
    assert all(found[name] > 0 for name in ISSUE_KEYS - {"lost", "duplicated"})
    assert found["spread"]["ours_to_baseline"]["median"] > 1
