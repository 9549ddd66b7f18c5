"""Runs many synthetic scenes in parallel; prints each outcome as a line of JSON as soon as it is known."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

HELD_BACK = 1_000_000
"""Seeds from here on are for reporting, never for choosing a threshold."""

Told = tuple[tuple[float, bool], ...]
"""Of each incident that was reported: the confidence given with it, and whether it was right."""

CaseT = TypeVar("CaseT")
RunT = TypeVar("RunT", bound="DataclassInstance")


def run_all(run: Callable[[CaseT], RunT], cases: Sequence[CaseT], *, workers: int, quiet: bool) -> list[RunT]:
    """The outcome of each case, in the order of the cases; `quiet` prints none."""
    done = []
    clean = multiprocessing.get_context("spawn")  # OpenCV's threads do not outlive a fork, and are waited for
    with ProcessPoolExecutor(workers, mp_context=clean) as pool:
        for one in pool.map(run, cases):
            done.append(one)
            if not quiet:
                click.echo(json.dumps(asdict(one)))
    return done


def median(values: Sequence[float]) -> float | None:
    """The upper median; None of nothing."""
    return sorted(values)[len(values) // 2] if values else None
