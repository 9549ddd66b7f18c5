"""A part that ends is reported, and restarted after growing pauses."""

from __future__ import annotations

import itertools
from pathlib import Path

from deploy.errors import ServerError
from deploy.stack.supervisor import SETTLED_S, Supervisor


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Program:
    name = "edge"
    log = Path("edge.log")

    def __init__(self) -> None:
        self.runs = True
        self.starts = 0
        self.refuses = False

    def start(self) -> None:
        self.starts += 1
        if self.refuses:
            raise ServerError("edge does not start; see edge.log")
        self.runs = True

    def is_running(self) -> bool:
        return self.runs

    def last_line(self) -> str:
        return "streetwarden: no camera"


def watched() -> tuple[Supervisor, Program, Clock, list[str]]:
    clock, program, told = Clock(), Program(), list[str]()
    watch = Supervisor(tell=told.append, clock=clock)
    watch.add(program)
    return watch, program, clock, told


def look(watch: Supervisor, clock: Clock, *, until: float) -> None:
    while clock.now < until:
        clock.now += 0.25
        watch.look()


def test_running_parts_are_left_alone() -> None:
    watch, program, clock, told = watched()
    look(watch, clock, until=100)
    assert (program.starts, told) == (0, [])


def test_a_part_that_ended_is_restarted_and_its_last_log_line_reported() -> None:
    watch, program, clock, told = watched()
    program.runs = False
    look(watch, clock, until=2)
    assert program.starts == 1
    assert told == [
        "edge ended: streetwarden: no camera; starting it again in 1 s (log: edge.log)",
        "edge started again",
    ]


def test_pauses_grow_while_it_keeps_ending() -> None:
    watch, program, clock, _ = watched()
    starts: list[float] = []
    while len(starts) < 7:
        program.runs = False
        before = program.starts
        look(watch, clock, until=clock.now + 0.25)
        if program.starts > before:
            starts.append(clock.now)
    pauses = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert pauses == [2.25, 4.25, 8.25, 16.25, 30.25, 30.25]


def test_a_long_run_makes_the_pause_short_again() -> None:
    watch, program, clock, told = watched()
    for _ in range(3):
        program.runs = False
        look(watch, clock, until=clock.now + 10)
    look(watch, clock, until=clock.now + SETTLED_S + 1)
    told.clear()
    program.runs = False
    look(watch, clock, until=clock.now + 0.25)
    assert "in 1 s" in told[0]


def test_a_start_that_fails_is_tried_again() -> None:
    watch, program, clock, told = watched()
    program.runs, program.refuses = False, True
    look(watch, clock, until=2)
    program.refuses = False
    look(watch, clock, until=5)
    assert program.is_running()
    assert told[1] == "edge does not start; see edge.log; starting it again in 2 s (log: edge.log)"
