from __future__ import annotations

import random
import statistics
from itertools import pairwise

from city.fleet.receiver import VEHICLE, Faults, Receiver
from city.fleet.travel import TruePosition
from city.town.plane import HOME
from wire import Position, Stream, as_epoch, decode, encode

HERE = TruePosition(x=100.0, y=-50.0, speed_mps=8.0, heading_deg=359.9, parked=False)


def reports(faults: Faults, turns: int, seed: int = 5) -> list[tuple[float, list[Position]]]:
    receiver = Receiver(faults, random.Random(seed), ignition=True)
    return [
        (1_800_000_000.0 + 2.0 * turn, receiver.report(HERE, now=1_800_000_000.0 + 2.0 * turn, after_s=2.0))
        for turn in range(turns)
    ]


def test_errors_wander_slowly_around_the_truth() -> None:
    steady = Faults(error_m=3.0, outage_every_s=1e12, no_fix_every_s=1e12)
    fixes = [batch[0] for _, batch in reports(steady, 4000)]
    east = [HOME.metres(fix.lat, fix.lon)[0] - HERE.x for fix in fixes]
    assert 2.0 < statistics.stdev(east) < 4.0
    steps = [b - a for a, b in pairwise(east)]
    assert statistics.stdev(steps) < 0.5 * statistics.stdev(east), "neighbouring errors are alike"


def test_fixes_of_an_outage_come_late_in_order_and_at_once() -> None:
    faults = Faults(error_m=2.0, outage_every_s=100.0, late_share=1.0, no_fix_every_s=1e12)
    seen = reports(faults, 3000)
    late = [(now, batch) for now, batch in seen if len(batch) > 1]
    assert len(late) > 20
    for now, batch in late:
        times = [as_epoch(fix.time) for fix in batch]
        assert times == sorted(times)
        assert now - times[0] >= 8.0
        assert batch == decode(Stream.POSITION, encode(batch))
    told = [as_epoch(fix.time) for _, batch in seen for fix in batch]
    assert told == [1_800_000_000.0 + 2.0 * turn for turn in range(len(told))], "nothing is lost on the way"


def test_fixes_of_a_gap_never_come() -> None:
    faults = Faults(error_m=2.0, outage_every_s=100.0, late_share=0.0, no_fix_every_s=1e12)
    seen = reports(faults, 3000)
    assert all(len(batch) <= 1 for _, batch in seen)
    assert 1500 < sum(len(batch) for _, batch in seen) < 2950


def test_a_receiver_without_satellites_says_so() -> None:
    faults = Faults(error_m=2.0, outage_every_s=1e12, no_fix_every_s=40.0)
    blind = [batch[0] for _, batch in reports(faults, 3000) if not batch[0].fix]
    assert len(blind) > 50
    assert any((fix.lat, fix.lon) == (0.0, 0.0) for fix in blind)
    assert any(fix.lat > 24 for fix in blind)


def test_all_it_says_is_valid_on_the_wire() -> None:
    for _, batch in reports(VEHICLE, 2000):
        for fix in batch:
            assert decode(Stream.POSITION, encode(fix)) == fix
