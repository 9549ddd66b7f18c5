"""`python -m bench covers-calibration`: fits the tables of `detectors/cover/confidence.py`.

It runs scenes of development seeds, records the evidence for each verdict and whether it was right, and fits
an increasing curve: isotonic regression by pooling adjacent violators. It prints the tables as they are in
the code. `scripts/bench covers` shows under `trust` how well they fit on other seeds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Final

import click

from bench.cover_scenes import settled, verdict_of
from bench.covers import Case, cases, is_right, reports
from bench.scenes.weather import CANNOT_SEE
from detectors.cover.confidence import evidence
from detectors.cover.cues import Cues
from detectors.cover.settings import CoverSettings
from detectors.observations import Verdict

Sample = tuple[Verdict, float, bool]
"""A verdict, its evidence, and whether it was right."""

_POOLS: Final = 12
"""Groups of equal size in which verdicts are pooled before the fit, so that no step depends on few looks."""


def samples(case: Case) -> list[Sample]:
    """The verdicts of one scene while its state has settled."""
    found: list[Sample] = []
    for at_s, report in reports(case):
        if settled(at_s) and report.covers is not None:
            for row in report.covers.rows():
                if row.verdict is not Verdict.UNKNOWN:
                    intact = CoverSettings().intact_match_at(case[2])
                    how_well = evidence(row.verdict, Cues(**row.cues), intact)
                    found.append((row.verdict, how_well, is_right(verdict_of(report)[0], case[3])))
    return found


def curve(points: Sequence[tuple[float, bool]]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """An increasing curve of the share of right verdicts over the evidence: its breakpoints and values.

    Each pool counts two more looks, one right and one wrong, so that no confidence is 0 or 1.
    """
    inorder = sorted(points)
    size = max(1, -(-len(inorder) // _POOLS))
    pools = [_pool(inorder[first : first + size]) for first in range(0, len(inorder), size)]
    merged: list[tuple[float, float, int]] = []
    for pool in pools:
        merged.append(pool)
        while len(merged) > 1 and merged[-1][1] <= merged[-2][1]:
            late, early = merged.pop(), merged.pop()
            looks = early[2] + late[2]
            merged.append(
                (
                    (early[0] * early[2] + late[0] * late[2]) / looks,
                    (early[1] * early[2] + late[1] * late[2]) / looks,
                    looks,
                )
            )
    return tuple(round(one[0], 3) for one in merged), tuple(round(one[1], 3) for one in merged)


def _pool(points: Sequence[tuple[float, bool]]) -> tuple[float, float, int]:
    """Mean evidence, share of right verdicts, and number of verdicts."""
    rights = sum(right for _, right in points)
    return sum(one for one, _ in points) / len(points), (rights + 1) / (len(points) + 2), len(points)


@click.command(name="covers-calibration")
@click.option("--scenes", default=2, show_default=True, help="Scenes for each weather, size and change.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
def command(*, scenes: int, workers: int) -> None:
    """Fit the confidence of each verdict about covers, on development seeds."""
    seen = [case for case in cases(0, scenes) if case[1] not in CANNOT_SEE]
    by_verdict: dict[Verdict, list[tuple[float, bool]]] = defaultdict(list)
    with ProcessPoolExecutor(workers) as pool:
        for found in pool.map(samples, seen):
            for verdict, how_well, right in found:
                by_verdict[verdict].append((how_well, right))
    for verdict, points in sorted(by_verdict.items()):
        click.echo(f"    Verdict.{verdict.name}: {curve(points)},  # {len(points)} looks")
