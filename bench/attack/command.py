"""Attacks a stack of our own and reports which promises held: `python -m bench attack` (scripts/attack)."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from typing import Any, Final

import click

from bench.attack import connections, matrix, quotas, sessions, web
from bench.attack.outcome import Outcome
from bench.attack.target import Target, target

_AREAS: Final[dict[str, Callable[[Target, float], Coroutine[Any, Any, list[Outcome]]]]] = {
    "accounts": lambda victim, _: matrix.attack(victim),
    "sessions": lambda victim, seconds: sessions.attack(victim, seconds=seconds),
    "quotas": lambda victim, seconds: quotas.attack(victim, seconds=seconds),
    "connections": lambda victim, _: connections.attack(victim),
    "web": lambda victim, _: web.attack(victim),
}


@click.command(name="attack")
@click.option("--seconds", default=20.0, show_default=True, help="Seconds of each flood and each takeover.")
@click.option(
    "--only", type=click.Choice(list(_AREAS)), multiple=True, help="Attack only this area; may be repeated."
)
@click.option("--json", "as_json", is_flag=True, help="Print only the last line, the JSON object.")
def command(*, seconds: float, only: tuple[str, ...], as_json: bool) -> None:
    """Attack a stack of our own on loopback, and report which promises of docs/security.md held.

    The command starts `streetwarden up` in a temporary folder with a few accounts, attacks it, and stops it;
    it touches nothing else. The exit status is 1 if a promise did not hold.
    """
    with target() as victim:
        outcomes = asyncio.run(attack(victim, areas=only or tuple(_AREAS), seconds=seconds, quiet=as_json))
    broken = [outcome for outcome in outcomes if not outcome.held]
    print(
        json.dumps(
            {
                "promises": len(outcomes),
                "held": len(outcomes) - len(broken),
                "broken": [asdict(outcome) for outcome in broken],
            }
        )
    )
    sys.exit(1 if broken else 0)


async def attack(victim: Target, *, areas: tuple[str, ...], seconds: float, quiet: bool) -> list[Outcome]:
    """Every attack of these areas, one after the other."""
    outcomes: list[Outcome] = []
    for area in areas:
        for outcome in await _AREAS[area](victim, seconds):
            outcomes.append(outcome)
            if not quiet:
                print(outcome.line(), flush=True)
    return outcomes
