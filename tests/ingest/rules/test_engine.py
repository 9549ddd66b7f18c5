"""Rules fire once and in order, for any batches, and not for old data."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from city.fleet.sensors import Sensor
from ingest.batch import Item
from ingest.errors import RuleError
from ingest.fixes import Fixes, columns
from ingest.routes import Route, Routes
from ingest.rules.areas import Areas
from ingest.rules.condition_state import Condition, ConditionState, Durations, evaluate
from ingest.rules.engine import RuleEngine
from ingest.rules.settings import AnyRule
from ingest.rules.transitions import Transition
from store.quality import Quality
from tests.ingest.rules.test_areas import held_by
from wire.messages import Position, Telemetry
from wire.topics import Topic

NOON = 1_794_974_400.0  # 2026-11-18T04:00:00Z, noon in Shanghai
KMH = 1 / 3.6


def square(name: str, west: float, south: float, size: float = 0.01) -> dict[str, Any]:
    ring = [
        [west, south],
        [west + size, south],
        [west + size, south + size],
        [west, south + size],
        [west, south],
    ]
    return {
        "type": "Feature",
        "properties": {"name": name},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


@pytest.fixture
def areas(tmp_path: Path) -> str:
    file = tmp_path / "areas.geojson"
    features = [square("depot", 118.0, 24.0), square("market", 118.005, 24.0), square("far", 10.0, 10.0)]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return str(file)


def rule(**settings: Any) -> AnyRule:
    made: AnyRule = msgspec.convert({"name": "r", **settings}, AnyRule)
    return made


class Stream:
    """Feeds a engine as the pipeline does."""

    def __init__(self, *rules: AnyRule, kind: str = "vehicle", identity: str = "v1") -> None:
        self.routes = Routes()
        self.engine = RuleEngine(rules)
        self.route = self.speak(kind, identity)

    def speak(self, kind: str, identity: str) -> Route:
        return self.routes.adopt(Topic.parse(f"sw/1/350582/{kind}/{identity}/position"))

    def fixes(self, *fixes: Position, flags: Sequence[int] | None = None) -> list[Transition]:
        made: Fixes = columns(list(fixes), range(len(fixes)), [self.route.sender.index] * len(fixes))
        if flags is not None:
            made.flags[:] = flags
        return self.engine.follow(made, [], self.routes.senders)

    def readings(self, *samples: tuple[float, dict[str, Any]]) -> list[Transition]:
        items = [
            Item(ordinal=number, route=self.route, message=Telemetry(time=time, values=values))
            for number, (time, values) in enumerate(samples)
        ]
        return self.engine.follow(columns([], [], []), items, self.routes.senders)


def fix(
    after_s: float, *, lon: float = 118.5, kmh: float | None = 30, ignition: bool | None = None
) -> Position:
    speed = None if kmh is None else kmh * KMH
    return Position(time=NOON + after_s, lat=24.005, lon=lon, speed_mps=speed, ignition=ignition)


def events(transitions: list[Transition]) -> list[tuple[str, str, float]]:
    return [
        ("begun" if transition.begun else "ended", transition.area, round(transition.event_s - NOON, 3))
        for transition in transitions
        if transition.begun or transition.ended
    ]


INSIDE, OUTSIDE = 118.002, 118.5


def test_entering_and_leaving_counts_once_it_has_settled(areas: str) -> None:
    stream = Stream(rule(watches="fence", areas=areas, settle_s=10))
    path = [(0, OUTSIDE), (5, INSIDE), (10, OUTSIDE), (20, INSIDE), (25, INSIDE), (31, INSIDE), (40, OUTSIDE)]
    path += [(45, INSIDE), (60, OUTSIDE), (70, OUTSIDE), (80, OUTSIDE)]
    found = [event for at, lon in path for event in events(stream.fixes(fix(at, lon=lon)))]
    assert found == [("begun", "depot", 20), ("ended", "depot", 60)]


def test_a_place_in_two_areas_is_in_both(areas: str) -> None:
    stream = Stream(rule(watches="fence", areas=areas, settle_s=0))
    assert events(stream.fixes(fix(0, lon=118.007))) == [("begun", "depot", 0), ("begun", "market", 0)]
    assert events(stream.fixes(fix(1, lon=118.012))) == [("ended", "depot", 1)]


def test_a_key_area_counts_only_at_the_wrong_hours(areas: str) -> None:
    stream = Stream(rule(watches="key_area", areas=areas, hours=["22:00-06:00"], settle_s=0))
    hour = 3600.0
    found = [
        event
        for at in (0, 9 * hour, 10 * hour, 17 * hour, 18 * hour)
        for event in events(stream.fixes(fix(at, lon=INSIDE)))
    ]
    assert found == [("begun", "depot", 10 * hour), ("ended", "depot", 18 * hour)]


def test_speeding_must_last_and_ends_below_a_lower_speed() -> None:
    stream = Stream(rule(watches="speed", limit_kmh=60, for_s=10))
    speeds = [(0, 50), (5, 70), (10, 50), (20, 70), (25, 58), (31, 65), (40, 58), (50, 53), (60, 70)]
    found = [event for at, kmh in speeds for event in events(stream.fixes(fix(at, kmh=kmh)))]
    assert found == [("begun", "", 20), ("ended", "", 50)]


def test_a_silence_while_speeding_starts_the_time_anew() -> None:
    stream = Stream(rule(watches="speed", limit_kmh=60, for_s=10, gap_s=60))
    found = [event for at in (0, 300, 305, 311) for event in events(stream.fixes(fix(at, kmh=80)))]
    assert found == [("begun", "", 300)]


def test_stops_need_no_speed_from_the_device() -> None:
    stream = Stream(rule(watches="stop", for_s=60, moving_s=10))
    path = [(0, 0.0), (30, 0.003), (60, 0.006), *((60 + 20 * step, 0.006) for step in range(1, 6))]
    path += [(180, 0.009), (200, 0.012)]
    found = [event for at, way in path for event in events(stream.fixes(fix(at, lon=118 + way, kmh=None)))]
    assert found == [("begun", "", 80), ("ended", "", 180)]


def test_a_vendor_that_stands_in_an_area_is_a_stall_though_its_place_wanders(areas: str) -> None:
    stall = rule(watches="stall", areas=areas, for_s=300, leave_s=30, ids=["vendor-*"])
    stream = Stream(stall, identity="vendor-7")
    path = [
        (0, OUTSIDE, 30),
        (10, INSIDE, 20),
        (20, INSIDE, 2),
        *((20 + 30 * n, INSIDE, 2) for n in (1, 2, 3)),
    ]
    path += [(130, INSIDE, 9), (300, INSIDE, 0), (330, INSIDE, 0), (340, INSIDE, 8), (360, INSIDE, 30)]
    path += [(380, OUTSIDE, 30), (400, OUTSIDE, 2)]
    found = [event for at, lon, kmh in path for event in events(stream.fixes(fix(at, lon=lon, kmh=kmh)))]
    assert found == [("begun", "depot", 20), ("ended", "depot", 360)]


def test_who_drives_through_or_stands_elsewhere_or_is_no_vendor_is_no_stall(areas: str) -> None:
    stall = rule(watches="stall", areas=areas, for_s=60, ids=["vendor-*"])
    passing = Stream(stall, identity="vendor-7")
    path = [(at, INSIDE, 20 if at % 60 == 0 else 0) for at in range(0, 600, 20)]
    path += [(at, OUTSIDE, 0) for at in range(600, 1200, 20)]
    assert [events(passing.fixes(fix(at, lon=lon, kmh=kmh))) for at, lon, kmh in path] == [[]] * len(path)
    other = Stream(stall, identity="bus-7")
    assert [events(other.fixes(fix(at, lon=INSIDE, kmh=0))) for at in (0, 100, 200)] == [[]] * 3


def test_idling_asks_for_the_ignition() -> None:
    silent = Stream(rule(watches="idling", for_s=60))
    assert [events(silent.fixes(fix(at, kmh=0))) for at in (0, 100, 200)] == [[], [], []]
    stream = Stream(rule(watches="idling", for_s=60))
    looks = [(0, True), (50, True), (100, True), (150, False)]
    found = [event for at, key in looks for event in events(stream.fixes(fix(at, kmh=0, ignition=key)))]
    assert found == [("begun", "", 0), ("ended", "", 150)]


def test_a_reading_has_hysteresis_and_late_ones_fire_nothing() -> None:
    stream = Stream(
        rule(watches="telemetry", reading="tilt_deg", above=15, clear=5, opens_case="cover_missing"),
        kind="device",
        identity="d1",
    )
    samples = [(0, 2), (10, 38), (20, 8), (30, 4), (40, 8), (35, 38), (50, 16)]
    found = [
        event for at, tilt in samples for event in events(stream.readings((NOON + at, {"tilt_deg": tilt})))
    ]
    assert found == [("begun", "", 10), ("ended", "", 30), ("begun", "", 50)]
    assert stream.readings((NOON + 60, {"tilt_deg": "high"}), (NOON + 61, {"other": 1})) == []


TILT = {"watches": "telemetry", "reading": "tilt_deg", "above": 15, "clear": 5, "opens_case": "cover_missing"}


def test_a_telemetry_rule_alone_knows_where_its_device_was_last() -> None:
    stream = Stream(rule(**TILT), kind="device", identity="d1")
    stream.fixes(fix(0, lon=118.7))
    stream.fixes(fix(10, lon=118.8), flags=[int(Quality.IMPOSSIBLE_SPEED)])
    (begun,) = stream.readings((NOON + 20, {"tilt_deg": 60}))
    assert (begun.lat, begun.lon) == (24.005, 118.7)
    assert len(stream.engine.waiting) == 0


@pytest.mark.parametrize("flags", [0, int(Quality.TOO_OLD)])
def test_a_case_without_a_place_waits_for_the_first_one(flags: int) -> None:
    stream = Stream(rule(**TILT), kind="device", identity="d1")
    (begun,) = stream.readings((NOON, {"tilt_deg": 60}))
    assert np.isnan(begun.lat)
    assert len(stream.engine.waiting) == 1
    assert stream.fixes(fix(-5, lon=0), flags=[int(Quality.NULL_ISLAND)]) == []
    (placed,) = stream.fixes(fix(-9, lon=118.7), flags=[flags])
    assert (placed.placed, placed.lat, placed.lon) == (True, 24.005, 118.7)
    assert (placed.incident_id, placed.at_s) == (begun.incident_id, NOON)
    assert (placed.begun, placed.ended) == (False, False)
    stream.engine.waiting.remove(0, "r", "")
    assert (stream.fixes(fix(1)), len(stream.engine.waiting)) == ([], 0)


def test_what_ends_waits_for_no_place_any_more() -> None:
    stream = Stream(rule(**TILT), kind="device", identity="d1")
    stream.readings((NOON, {"tilt_deg": 60}), (NOON + 1, {"tilt_deg": 0}))
    assert (stream.fixes(fix(9)), len(stream.engine.waiting)) == ([], 0)


def test_another_message_of_the_same_moment_is_not_late(areas: str) -> None:
    stream = Stream(rule(**TILT), kind="device", identity="d1")
    stream.readings((NOON, {"battery_v": 3.6}))
    assert events(stream.readings((NOON, {"tilt_deg": 60}))) == [("begun", "", 0)]
    assert stream.readings((NOON, {"tilt_deg": 60})) == []
    fenced = Stream(rule(watches="fence", areas=areas, settle_s=0))
    fenced.fixes(fix(0.123457, lon=OUTSIDE))
    assert events(fenced.fixes(fix(0.123457, lon=INSIDE))) == [("begun", "depot", 0.123)]
    assert fenced.fixes(fix(0.123457, lon=INSIDE)) == []


def test_a_recalled_moment_is_late_only_with_the_recalled_place(areas: str) -> None:
    stream = Stream(rule(watches="fence", areas=areas, settle_s=0))
    stream.engine.make_room(stream.routes.senders)
    stream.engine.recall_place(0, time_s=NOON, lat=24.005, lon=INSIDE)
    assert stream.fixes(fix(0, lon=INSIDE)) == []
    assert events(stream.fixes(fix(0, lon=INSIDE + 0.001))) == [("begun", "depot", 0)]


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize(
    ("zone", "changes", "hours"),
    [  # epoch seconds of the change; wrong hours that begin or end with it
        ("Europe/Berlin", 1_792_890_000, "02:30-02:59"),  # 2026-10-25T01:00Z, 03:00 becomes 02:00
        ("America/New_York", 1_772_953_200, "03:00-03:30"),  # 2026-03-08T07:00Z, 02:00 becomes 03:00
        ("Australia/Lord_Howe", 1_775_314_800, "01:30-02:00"),  # 2026-04-04T15:00Z, by half an hour
    ],
)
def test_hours_follow_the_clock_that_changes_within_a_batch(
    areas: str, zone: str, changes: int, hours: str, *, apart: bool
) -> None:
    stream = Stream(rule(watches="key_area", areas=areas, hours=[hours], time_zone=zone, settle_s=0))
    times = [changes + minute * 60 - NOON for minute in range(-70, 71)]
    begin, end = hours.split("-")
    wrong = [begin <= f"{datetime.fromtimestamp(NOON + at, ZoneInfo(zone)):%H:%M}" < end for at in times]
    expected = [
        ("begun" if now else "ended", "depot", round(at, 3))
        for at, before, now in zip(times, [False, *wrong], wrong, strict=False)
        if before != now
    ]
    fixes = [fix(at, lon=INSIDE) for at in times]
    parts = [stream.fixes(each) for each in fixes] if apart else [stream.fixes(*fixes)]
    assert [event for part in parts for event in events(part)] == expected
    assert len(expected) >= 2


def test_late_and_doubtful_fixes_fire_nothing(areas: str) -> None:
    stream = Stream(rule(watches="fence", areas=areas, settle_s=0))
    stream.fixes(fix(100))
    assert stream.fixes(fix(50, lon=INSIDE)) == []
    assert stream.fixes(fix(110, lon=INSIDE), flags=[int(Quality.IMPOSSIBLE_SPEED)]) == []
    assert events(stream.fixes(fix(120, lon=INSIDE), flags=[int(Quality.SAME_PLACE)])) != []


def test_a_rule_is_about_those_it_names(areas: str) -> None:
    stream = Stream(rule(watches="fence", areas=areas, settle_s=0, ids=["taxi-*"], kinds=["vehicle"]))
    assert stream.fixes(fix(0, lon=INSIDE)) == []
    stream.route = stream.speak("person", "taxi-1")
    assert stream.fixes(fix(0, lon=INSIDE)) == []
    stream.route = stream.speak("vehicle", "taxi-1")
    assert events(stream.fixes(fix(0, lon=INSIDE))) == [("begun", "depot", 0)]


def test_the_lifted_cover_of_the_simulated_city_is_one_event() -> None:
    """Tilt sensors of the city; one cover is lifted after two minutes, for three."""
    tilted = rule(watches="telemetry", reading="tilt_deg", above=15, clear=5, opens_case="cover_missing")
    found = {}
    for lifted in (False, True):
        stream = Stream(tilted, kind="device", identity="d1")
        sensor = Sensor("tilt", random.Random(7), lifted=lifted)
        samples = [(NOON + 10 * step, sensor.step(10)) for step in range(1, 170)]
        found[lifted] = [event for sample in samples for event in events(stream.readings(sample))]
    assert found == {False: [], True: [("begun", "", 120), ("ended", "", 300)]}


def test_what_is_recalled_fires_nothing_twice_and_ends_as_the_same_incident(areas: str) -> None:
    settings = rule(watches="fence", areas=areas, settle_s=10, opens_case="trespass")
    before = Stream(settings)
    transitions = before.fixes(fix(0, lon=INSIDE)) + before.fixes(fix(11, lon=INSIDE))
    after = Stream(settings)
    after.engine.make_room(after.routes.senders)
    after.engine.recall_place(0, time_s=NOON + 11, lat=24.005, lon=INSIDE)
    held = transitions[-1].condition
    assert held is not None
    after.engine.recall(0, rule="r", area="depot", condition=held)
    assert after.fixes(fix(0, lon=INSIDE), fix(11, lon=INSIDE)) == [], "the broker sends it again"
    assert after.fixes(fix(12, lon=INSIDE)) == []
    ended = after.fixes(fix(20), fix(31))
    assert events(ended) == [("ended", "depot", 20)]
    assert ended[-1].incident_id == transitions[-1].incident_id


walks = st.lists(
    st.tuples(st.floats(0.5, 40), st.sampled_from([INSIDE, OUTSIDE]), st.floats(0, 120)),
    min_size=1,
    max_size=30,
)


@given(walks, st.lists(st.integers(1, 6), max_size=12))
def test_the_turns_do_not_depend_on_how_the_fixes_are_batched(
    walk: list[tuple[float, float, float]], sizes: list[int]
) -> None:
    rules = [
        rule(name="fast", watches="speed", limit_kmh=60, for_s=15),
        rule(name="stand", watches="stop", for_s=30),
    ]
    times = np.cumsum([step for step, _, _ in walk])
    path = [fix(float(at), lon=lon, kmh=kmh) for at, (_, lon, kmh) in zip(times, walk, strict=True)]
    ends = np.cumsum([0, *sizes, len(path)])
    batches = [path[start:end] for start, end in pairwise(ends.tolist()) if path[start:end]]
    at_once, in_parts = Stream(*rules), Stream(*rules)
    expected = sorted((t.rule.name, t.at_s, t.begun, t.ended) for t in at_once.fixes(*path))
    found = sorted((t.rule.name, t.at_s, t.begun, t.ended) for b in batches for t in in_parts.fixes(*b))
    assert found == expected


@given(st.lists(st.tuples(st.floats(0.1, 30), st.sampled_from([-1, 0, 1])), max_size=40))
def test_beginnings_and_ends_alternate(looks: list[tuple[float, int]]) -> None:
    held: Condition | None = None
    at_s, told = 0.0, []
    for step_s, truth in looks:
        at_s += step_s
        step = evaluate(held, truth=truth, at_s=at_s, durations=Durations(hold_s=10, release_s=5, gap_s=20))
        assert step.changed == ((held and held.state) != (step.condition and step.condition.state)) or (
            held is not None and held.state is ConditionState.RISING
        )
        told += ["begun"] if step.begun_s is not None else []
        told += ["ended"] if step.ended_s is not None else []
        held = step.condition
    assert told == [("begun", "ended")[index % 2] for index in range(len(told))]


def test_an_area_file_of_no_use_is_refused_with_rule_and_file(tmp_path: Path) -> None:
    file = tmp_path / "areas.geojson"
    file.write_text("{")
    with pytest.raises(RuleError, match=r"'guard'.*is not JSON") as refused:
        RuleEngine([rule(name="guard", watches="fence", areas=str(file))])
    assert str(file) in str(refused.value)


def test_area_files_lie_beside_the_settings(areas: str) -> None:
    folder = Path(areas).parent
    engine = RuleEngine([rule(name="guard", watches="fence", areas="areas.geojson")], folder=folder)
    assert [rule.name for rule in engine.rules] == ["guard"]
    with pytest.raises(RuleError, match=r"guard.*elsewhere"):
        RuleEngine([rule(name="guard", watches="fence", areas="areas.geojson")], folder=folder / "elsewhere")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ([{"watches": "telemetry", "reading": "x"}], "one of them"),
        ([{"watches": "speed", "limit_kmh": 60, "end_kmh": 80}], "end_kmh"),
        ([{"watches": "stop"}, {"watches": "idling"}], "is defined twice"),
    ],
)
def test_rules_that_make_no_sense_are_refused(settings: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(RuleError, match=says):
        RuleEngine([rule(**each) for each in settings])


def test_a_stall_whose_driving_is_slower_than_its_standing_is_refused(areas: str) -> None:
    with pytest.raises(RuleError, match="moving_kmh"):
        RuleEngine([rule(watches="stall", areas=areas, below_kmh=9, moving_kmh=5)])


def test_wrong_hours_and_zones_are_refused(areas: str) -> None:
    for wrong in ({"hours": ["25:00-26:00"]}, {"hours": ["22:00-06:00"], "time_zone": "Nowhere/At"}):
        with pytest.raises(RuleError, match="rule 'r'"):
            RuleEngine([rule(watches="key_area", areas=areas, **wrong)])


@given(
    st.lists(
        st.tuples(
            st.floats(0, 0.2),
            st.floats(0, 0.2),
            st.sampled_from([0.0005, 0.01, 0.05, 3.0]),
            st.integers(3, 9),
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(0, 2**32),
)
def test_the_grid_agrees_with_the_polygons_themselves(
    shapes: list[tuple[float, float, float, int]], seed: int
) -> None:
    generator = np.random.default_rng(seed)
    polygons = []
    for lat, lon, reach, corners in shapes:
        angle = np.sort(generator.uniform(0, 2 * np.pi, corners))
        radius = generator.uniform(0.3, 1, corners) * reach
        ring = np.column_stack((118 + lon + radius * np.cos(angle), 24 + lat + radius * np.sin(angle)))
        polygons.append(shapely.make_valid(shapely.Polygon(ring)))
    areas = Areas(tuple(map(str, range(len(polygons)))), polygons)
    north = np.concatenate([generator.uniform(20, 28, 40), 24 + generator.uniform(-0.1, 0.3, 200)])
    east = np.concatenate([generator.uniform(114, 122, 40), 118 + generator.uniform(-0.1, 0.3, 200)])
    places = [shapely.Point(x, y) for y, x in zip(north, east, strict=True)]
    expected = [[polygon.intersects(place) for polygon in polygons] for place in places]
    assert held_by(areas, north, east).tolist() == expected


def test_areas_hold_their_border(areas: str) -> None:
    held = held_by(Areas.read(Path(areas)), [24.0, 24.005, 0.0], [118.0, 118.007, 0.0])
    assert held.tolist() == [[True, False, False], [True, True, False], [False, False, False]]
