from __future__ import annotations

import random
from pathlib import Path

import pytest
import shapely

from city.fleet.graph import StreetGraph, load
from city.fleet.travel import JOURNEYS, ON_FOOT, JourneySettings, Traveller
from city.fleet.unit import Mobile, units
from city.roster import roster
from tests.city.conftest import SEED
from wire import Position


@pytest.fixture(scope="module")
def graph(city_folder: Path) -> StreetGraph:
    return load(city_folder)


def test_every_junction_can_be_reached_by_a_way_without_gaps(graph: StreetGraph) -> None:
    source = random.Random(1)
    for _ in range(40):
        start, end = (source.randrange(len(graph.junctions)) for _ in range(2))
        way = graph.route(start, end)
        assert [edge.end for edge in way[:-1]] == [edge.start for edge in way[1:]]
        if way:
            assert (way[0].start, way[-1].end) == (start, end)


def test_the_way_taken_is_the_quickest(graph: StreetGraph) -> None:
    def seconds(start: int, end: int) -> float:
        return sum(edge.length_m / edge.speed_mps for edge in graph.route(start, end))

    source = random.Random(2)
    for _ in range(20):
        a, b, by = (source.randrange(len(graph.junctions)) for _ in range(3))
        assert seconds(a, b) <= seconds(a, by) + seconds(by, b) + 1e-6


@pytest.mark.parametrize("settings", [JOURNEYS["taxi"], JOURNEYS["sanitation"], ON_FOOT])
def test_travellers_keep_to_the_streets_and_to_their_speed(
    graph: StreetGraph, settings: JourneySettings
) -> None:
    lines = shapely.STRtree([shapely.LineString(edge.points) for edges in graph.leaving for edge in edges])
    traveller = Traveller(graph, settings, random.Random(3))
    places = [traveller.step(2.0) for _ in range(900)]
    _, distances = lines.query_nearest(
        [shapely.Point(place.x, place.y) for place in places], return_distance=True, all_matches=False
    )
    assert max(distances) <= 28 / 2 + 1.6
    assert max(place.speed_mps for place in places) <= settings.top_mps
    assert any(place.speed_mps == 0.0 for place in places), "it stops now and then"
    assert len({(round(place.x), round(place.y)) for place in places}) > 100, "it gets about"


def test_the_same_seed_drives_the_same_and_the_clock_changes_only_the_times(city_folder: Path) -> None:
    few = roster(vehicles=6, people=3, sensors=0)

    def drive(now: float) -> list[tuple[float, float]]:
        fleet = units(city_folder, few, SEED)
        said = [unit.step(now + 2.0 * turn) for turn in range(200) for unit in fleet]
        places = []
        for _, payload in (pair for batch in said for pair in batch):
            for fix in payload if isinstance(payload, list) else [payload]:
                assert isinstance(fix, Position)
                places.append((fix.lat, fix.lon))
        return places

    assert drive(1_700_000_000.0) == drive(1_800_000_000.0)


def test_the_fleet_has_its_kinds_and_types() -> None:
    fleet = roster()
    assert len({device.user for device in fleet}) == len(fleet) == 250
    assert {device.type for device in fleet} >= {
        "sanitation",
        "bus",
        "patrol",
        "waste",
        "taxi",
        "tilt",
        "level",
    }
    assert fleet[0].id == "v001"


def test_every_mobile_has_a_manner(city_folder: Path) -> None:
    made = units(city_folder, roster(), SEED)
    assert sum(isinstance(unit, Mobile) for unit in made) == 230
