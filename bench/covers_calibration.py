"""`python -m bench covers-calibration`: fits the tables of `detectors/cover/confidence.py`.

Looks at scenes of development seeds, notes for each word how well founded it was and whether it was right,
and fits a rising curve to that: isotonic regression by pooling adjacent violators. Prints the tables as they
stand in the code. `scripts/bench covers` says on other seeds how well they hold (`trust`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Final

import click

from bench.cover_scenes import settled, word
from bench.covers import Case, cases, is_right, reports
from bench.scenes.weather import CANNOT_SEE
from detectors.cover.confidence import evidence
from detectors.cover.cues import Cues
from detectors.cover.settings import CoverSettings
from detectors.observations import Verdict

Word = tuple[Verdict, float, bool]
"""What was said, how well founded it was, and whether it was right."""

_POOLS: Final = 12
"""Words are pooled in so many parts of equal size before the fit, so that no step rests on a few looks."""


def words(case: Case) -> list[Word]:
    """The words of one scene while its state has settled."""
    found: list[Word] = []
    for at_s, report in reports(case):
        if settled(at_s) and report.covers is not None:
            for row in report.covers.rows():
                if row.verdict is not Verdict.UNKNOWN:
                    intact = CoverSettings().intact_match_at(case[2])
                    how_well = evidence(row.verdict, Cues(**row.cues), intact)
                    found.append((row.verdict, how_well, is_right(word(report)[0], case[3])))
    return found


def curve(points: Sequence[tuple[float, bool]]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """A rising curve through evidence and right or wrong: where it bends, and its values there.

    A pool's share counts two looks more, one right and one wrong, so that no confidence is 0 or 1.
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
    """Mean evidence, share of right words, and how many."""
    rights = sum(right for _, right in points)
    return sum(one for one, _ in points) / len(points), (rights + 1) / (len(points) + 2), len(points)


@click.command(name="covers-calibration")
@click.option("--scenes", default=2, show_default=True, help="Scenes for each weather, size and change.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
def command(*, scenes: int, workers: int) -> None:
    """Fit how sure each word about a cover is, on development seeds."""
    seen = [case for case in cases(0, scenes) if case[1] not in CANNOT_SEE]
    by_verdict: dict[Verdict, list[tuple[float, bool]]] = defaultdict(list)
    with ProcessPoolExecutor(workers) as pool:
        for found in pool.map(words, seen):
            for verdict, how_well, right in found:
                by_verdict[verdict].append((how_well, right))
    for verdict, points in sorted(by_verdict.items()):
        click.echo(f"    Verdict.{verdict.name}: {curve(points)},  # {len(points)} looks")
