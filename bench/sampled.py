"""Runs ingest with a sampling profiler: `python -m bench.sampled`.

At the end, the counts by stage are written to the file in STREETWARDEN_BENCH_SAMPLES. A signal at intervals
of *processor* time is a profiler that needs no package and costs nothing while the program sleeps; the time
of C code is attributed to the Python function that called it.
"""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Final

from ingest.__main__ import command

_EVERY_S: Final = 0.004
STAGES: Final = (
    ("ingest/packets.py", "pubacks", "acknowledge"),
    ("ingest/packets.py", "", "cut packets"),
    ("wire/codec.py", "", "decode and validate JSON"),
    ("ingest/fixes.py", "", "make columns"),
    ("ingest/interpret.py", "", "check ids and times"),
    ("ingest/fix_quality.py", "", "quality flags"),
    ("ingest/rules/", "", "rules"),
    ("ingest/rule_events.py", "", "rules"),
    ("ingest/presence.py", "", "presence"),
    ("store/copy_rows.py", "", "make COPY rows"),
    ("ingest/position_rows.py", "_values", "make COPY rows"),
    ("ingest/position_rows.py", "_advance_latest", "latest position"),
    ("ingest/position_rows.py", "", "send COPY"),
    ("ingest/writer.py", "", "send COPY"),
    ("ingest/database.py", "", "begin, commit"),
    ("ingest/entities.py", "", "know entities"),
    ("ingest/broker_connection.py", "acknowledge", "acknowledge"),
    ("ingest/broker_connection.py", "", "receive"),
    ("ingest/inbox.py", "", "receive"),
    ("ingest/pipeline.py", "_count", "fates and metrics"),
    ("ingest/pipeline.py", "_observe", "fates and metrics"),
    ("ingest/metrics.py", "", "fates and metrics"),
    ("ingest/ledger.py", "", "fates and metrics"),
    ("ingest/pipeline.py", "", "pipeline"),
)
"""File, function (empty: any) and their stage; the innermost listed frame decides."""

REST: Final = "event loop, sockets"


def stage_of(frame: FrameType | None) -> str:
    """The stage of a stack."""
    while frame is not None:
        file, function = frame.f_code.co_filename, frame.f_code.co_name
        for part, name, stage in STAGES:
            if part in file and name in {"", function}:
                return stage
        frame = frame.f_back
    return REST


def main() -> None:
    """Run ingest, sampled."""
    counts: Counter[str] = Counter()

    def note(number: int, frame: FrameType | None) -> None:
        del number
        counts[stage_of(frame)] += 1

    signal.signal(signal.SIGPROF, note)
    signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _EVERY_S)
    try:
        command()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        Path(os.environ["STREETWARDEN_BENCH_SAMPLES"]).write_text(json.dumps(counts), encoding="utf-8")


if __name__ == "__main__":
    main()
