"""Feeds many damaged messages: `python -m bench.fuzz` (scripts/fuzz); runs are reproducible by seed."""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path
from random import Random
from typing import Any, Final

import click

from bench.fuzz.damage import Damaged, message, packets, pieces
from bench.fuzz.seeds import GATEWAY_SEEDS, SEEDS
from bench.fuzz.trial import HungError, Trial, UnaccountedError

_TOGETHER: Final = 25
_FOUND_AT_MOST: Final = 20


def run(inputs: int, *, seed: int, keep: Path) -> dict[str, Any]:
    """Feed a number of damaged messages.

    Args:
        inputs: their number.
        seed: of the damage.
        keep: a folder for streams that broke something; created with the first one.

    Returns:
        The figures; the run is clean when `crashes`, `hangs` and `unaccounted` are 0.
    """
    random, trial = Random(seed), Trial()
    found = {"crashes": 0, "hangs": 0, "unaccounted": 0}
    done, began = 0, time.perf_counter()
    while done < inputs and sum(found.values()) < _FOUND_AT_MOST:
        count = min(random.randrange(1, 2 * _TOGETHER), inputs - done)
        damaged = packets(random, [message(random, (*SEEDS, *GATEWAY_SEEDS)) for _ in range(count)])
        done += count
        try:
            trial.feed(damaged, pieces(random, damaged.stream))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 whatever it is, it is what this looks for
            hung, wrong = isinstance(error, HungError), isinstance(error, UnaccountedError)
            kind = "hangs" if hung else "unaccounted" if wrong else "crashes"
            found[kind] += 1
            _keep(damaged, error, keep / f"{kind}-{seed}-{done}.bin")
            trial = _anew(trial)
    return {
        "inputs": done,
        "seed": seed,
        "seconds": round(time.perf_counter() - began, 1),
        **found,
        "fates": dict(sorted(trial.fates.items())),
        "dropped_connections": trial.dropped_connections,
    }


def _anew(trial: Trial) -> Trial:
    """A new trial without state of the previous one."""
    fresh = Trial()
    fresh.fates, fresh.dropped_connections = trial.fates, trial.dropped_connections
    return fresh


def _keep(damaged: Damaged, error: BaseException, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(damaged.stream)
    click.echo(f"{type(error).__name__}: {error}\n  kept as {file}", err=True)


@click.command(name="fuzz")
@click.option("--inputs", default=1_000_000, help="The number of damaged messages.")
@click.option("--seed", default=1, help="The seed of the damage; the same seed gives the same run.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".streetwarden/fuzz"),
    help="The folder for streams that break something.",
)
def command(*, inputs: int, seed: int, keep: Path) -> None:
    """Feed damaged messages to ingest's packet reader, topic parser, adapters and decoder.

    The last line is one JSON object; the exit status is 1 after a crash, a hang or an unaccounted message.
    """
    logging.disable(logging.CRITICAL)
    figures = run(inputs, seed=seed, keep=keep)
    click.echo(json.dumps(figures))
    if figures["crashes"] or figures["hangs"] or figures["unaccounted"]:
        sys.exit(1)


if __name__ == "__main__":
    command()
