"""The counts that docs/fix-quality.md explains, and the readers of the recordings."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.quality import count, recorded, recordings

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "gps"
GPX = """<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1"><trk><trkseg>
<trkpt lat="52.6" lon="-8.6"><time>2019-02-18T07:45:50Z</time></trkpt>
<trkpt lat="52.6" lon="-8.6"><time>2019-02-18T07:45:52Z</time></trkpt></trkseg></trk></gpx>"""


def test_recordings_are_read_in_order_of_time(tmp_path: Path) -> None:
    (tmp_path / "taxi.txt").write_text("37.76 -122.4 0 1211033614\n37.75 -122.4 1 1211033530\n")
    (tmp_path / "bus.gpx").write_text(GPX)
    (tmp_path / "trip.js").write_text(
        'export const trip = [\n// a trip\n{"type": "vehicle-position", "ev": {"vehicleId": "v", '
        '"ts": "2018-05-03T15:10:37.000+0000", '
        '"pos": {"latlon": {"lat": 22.2, "lng": 96.6}, "speed": 36}}},\n// end\n]'
    )
    (tmp_path / "notes.md").write_text("nothing")
    files = recordings(tmp_path)
    assert [file.name for file in files] == ["bus.gpx", "taxi.txt", "trip.js"]
    bus, taxi, trip = (recorded(file) for file in files)
    assert [fix.lat for fix in taxi["taxi"]] == [37.75, 37.76]
    assert trip["v"][0].speed_mps == 10.0
    assert count(bus).same_place == 1
    assert count(taxi).faster_than_150_kmh == 0


def test_a_jump_is_one_flag_and_two_steps(tmp_path: Path) -> None:
    places = ["37.75 -122.4", "37.76 -122.4", "38.75 -122.4", "37.77 -122.4"]
    file = tmp_path / "taxi.txt"
    file.write_text("\n".join(f"{place} 0 {1211033530 + 60 * at}" for at, place in enumerate(places)))
    found = count(recorded(file))
    assert (found.flags, found.beyond_limits, found.hidden) == ({"impossible_speed": 1}, 2, 1)


@pytest.mark.real_data
@pytest.mark.skipif(not FOLDER.exists(), reason="the recordings are not here")
def test_the_documented_counts_of_real_vehicles() -> None:
    found = {file.name: count(recorded(file)) for file in recordings(FOLDER)}
    told = {
        name: (
            each.fixes, each.flags.get("impossible_speed", 0), each.beyond_limits, each.faster_than_150_kmh,
            each.flags.get("same_place", 0), each.gaps,
        )
        for name, each in found.items()
    }  # fmt: skip
    assert told == {
        "buses_washington.csv": (20_777, 0, 0, 1, 4136, 1),
        "taxi_sf_abboip.txt": (23_495, 63, 55, 135, 1083, 80),
        "taxi_sf_akgicjud.txt": (25_392, 35, 34, 66, 599, 90),
        "bus_limerick.gpx": (2144, 0, 0, 0, 0, 0),
        "telematics_trip.js": (430, 0, 0, 4, 35, 0),
    }
    assert all(each.hidden == each.flags.get("impossible_speed", 0) for each in found.values())
    document = (Path(__file__).parents[2] / "docs" / "fix-quality.md").read_text(encoding="utf-8")
    for fixes, *numbers in told.values():
        cells = " | ".join(f"{number:,}" for number in numbers)
        assert f"| {fixes:,} | {cells} |" in document
