"""The score sheet: rates with intervals by situation, as JSON and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bench.benchmark.outcome import Outcome
from bench.intervals import wilson
from bench.scene_runs import median
from bench.scenes.situations import SECONDS

VERSION: Final = 1
"""Rises whenever a scene or a rule of scoring changes; sheets of different versions cannot be compared."""


def sheet(done: Sequence[Outcome]) -> dict[str, Any]:
    """The figures of all scenes and of each situation.

    The objects of one scene are not independent: each scene counts once in an interval, with the share of its
    objects that were found.
    """
    situations = list(dict.fromkeys(one.situation for one in done))
    return {
        "version": VERSION,
        "all": _figures(done),
        "situations": {name: _figures([one for one in done if one.situation == name]) for name in situations},
    }


def _figures(done: Sequence[Outcome]) -> dict[str, Any]:
    asked = [one for one in done if one.asked]
    delays = [delay for one in done for delay in one.delays_s if delay is not None]
    hours = len(done) * SECONDS / 3600
    false = sum(len(one.false) for one in done)
    return {
        "scenes": len(done),
        "asked": sum(one.asked for one in done),
        "found": wilson(sum(_share(one) for one in asked), len(asked)),
        "all_found": wilson(sum(_share(one) == 1.0 for one in asked), len(asked)),
        "false": false,
        "hours": round(hours, 2),
        "false_in_24_h": round(24 * false / hours, 1) if hours else None,
        "scenes_with_false": wilson(sum(bool(one.false) for one in done), len(done)),
        "doubled": sum(one.doubled for one in done),
        "median_delay_s": median(delays),
    }


def _share(one: Outcome) -> float:
    return sum(delay is not None for delay in one.delays_s) / one.asked


def markdown(detector: str, dwell_s: float, figures: dict[str, Any]) -> str:
    """The sheet as a Markdown table."""
    lines = [
        f"**{detector}**, version {figures['version']} of the benchmark, dwell {dwell_s:g} s.",
        "",
        "| situation | scenes | found (95 %) | scenes with all found | false | in 24 h | doubled | delay |",
        "|---|---|---|---|---|---|---|---|",
        _row("**all**", figures["all"]),
        *(_row(name, of_it) for name, of_it in figures["situations"].items()),
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, of_it: dict[str, Any]) -> str:
    found, whole = of_it["found"], of_it["all_found"]
    rate = f"{found['rate']:.2f} ({found['low']:.2f} to {found['high']:.2f})" if found["of"] else ""
    every = f"{round(whole['rate'] * whole['of'])} of {whole['of']}" if whole["of"] else ""
    delay = "" if of_it["median_delay_s"] is None else f"{of_it['median_delay_s']:.0f} s"
    counts = f"{of_it['false']} | {of_it['false_in_24_h']:g} | {of_it['doubled']}"
    return f"| {name} | {of_it['scenes']} | {rate} | {every} | {counts} | {delay} |"
