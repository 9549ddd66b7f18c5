"""Runs real edge programs over many cameras at once, in real time, and reads their own metrics.

There is no broker: incidents wait in the outboxes, as on a box without a connection.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from bench.errors import BenchError
from bench.ports import free_port

_MAX_CAMERAS: Final = 50
_SETTLE_S: Final = 40.0
"""Seconds; all frames are decoded until keyframes are measured, which takes half of this with 100 cameras."""
_PATIENCE_S: Final = 30.0
_GAP_S: Final = 2.0
_WEIGHED_EVERY_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxRun:
    """The measurements over all boxes, after they had settled.

    Attributes:
        cameras: their number.
        boxes: the number of edge programs.
        seconds: of the measurement.
        looks_due: one for each camera every 2 s.
        looks_done: looks that were done.
        looks_skipped: looks that were replaced by a newer picture.
        looks_late: looks at pictures older than one interval.
        cpu_s: processor time.
        cores_busy: processor time divided by the duration.
        memory_mib: of all boxes, at the beginning, every minute and at the end.
        incidents: reported, by kind and phase, since the start.
    """

    cameras: int
    boxes: int
    seconds: float
    looks_due: float
    looks_done: float
    looks_skipped: float
    looks_late: float
    cpu_s: float
    cores_busy: float
    memory_mib: tuple[float, ...]
    incidents: dict[str, float]


def run_boxes(film: Path, *, cameras: int, seconds: float) -> BoxRun:
    """Run a number of cameras on the film's clips in turn, and measure.

    Args:
        film: a folder with edge-cameras.toml and clips/.
        cameras: their number; at most 50 for each box.
        seconds: of the measurement, after they have settled.

    Raises:
        BenchError: a box does not start.
    """
    kinds = _tables(film)
    shares = [min(_MAX_CAMERAS, cameras - first) for first in range(0, cameras, _MAX_CAMERAS)]
    with tempfile.TemporaryDirectory(prefix="streetwarden-bench-") as scratch, ExitStack() as ending:
        boxes = [
            ending.enter_context(_box(Path(scratch), kinds, index, share))
            for index, share in enumerate(shares)
        ]
        time.sleep(_SETTLE_S)
        before = [_Reading.of(box) for box in boxes]
        began_s = time.monotonic()
        memory = [_memory_mib(boxes)]
        while (rest_s := began_s + seconds - time.monotonic()) > 0:
            time.sleep(min(rest_s, _WEIGHED_EVERY_S))
            memory.append(_memory_mib(boxes))
        lasted_s = time.monotonic() - began_s
        after = [_Reading.of(box) for box in boxes]
    cpu_s = sum(b.cpu_s - a.cpu_s for a, b in zip(before, after, strict=True))
    incidents: dict[str, float] = {}
    for reading in after:
        for name, count in reading.incidents.items():
            incidents[name] = incidents.get(name, 0) + count
    return BoxRun(
        cameras=cameras,
        boxes=len(boxes),
        seconds=round(lasted_s, 1),
        looks_due=cameras * lasted_s / _GAP_S,
        looks_done=sum(b.done - a.done for a, b in zip(before, after, strict=True)),
        looks_skipped=sum(b.skipped - a.skipped for a, b in zip(before, after, strict=True)),
        looks_late=sum(b.late - a.late for a, b in zip(before, after, strict=True)),
        cpu_s=round(cpu_s, 2),
        cores_busy=round(cpu_s / lasted_s, 3),
        memory_mib=tuple(memory),
        incidents=incidents,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    process: psutil.Process
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    done: float
    skipped: float
    late: float
    incidents: dict[str, float]
    cpu_s: float

    @classmethod
    def of(cls, box: _Box) -> _Reading:
        done = skipped = late = 0.0
        incidents: dict[str, float] = {}
        for line in _metrics(box.port):
            name, _, value = line.rpartition(" ")
            if name.startswith("streetwarden_edge_looks_total"):
                done += float(value) if 'outcome="done"' in name else 0
                skipped += float(value) if 'outcome="skipped"' in name else 0
            elif name == "streetwarden_edge_turn_wait_seconds_count":
                late += float(value)
            elif name == f'streetwarden_edge_turn_wait_seconds_bucket{{le="{_GAP_S}"}}':
                late -= float(value)
            elif name.startswith("streetwarden_edge_incidents_total"):
                incidents[name.partition("{")[2].rstrip("}").replace('"', "")] = float(value)
        times = box.process.cpu_times()
        return cls(
            done=done,
            skipped=skipped,
            late=late,
            incidents=incidents,
            cpu_s=times.user + times.system,
        )


def _memory_mib(boxes: Sequence[_Box]) -> float:
    return round(sum(box.process.memory_info().rss for box in boxes) / 2**20, 1)


def _tables(film: Path) -> list[str]:
    """The TOML of each camera with a clip, with the clip's absolute path and without the camera's id."""
    tables = []
    for table in (film / "edge-cameras.toml").read_text(encoding="utf-8").split("[[camera]]\n")[1:]:
        name = table.partition('"')[2].partition('"')[0]
        clip = film / "clips" / f"{name}.mp4"
        if clip.exists():
            rest = table.partition("\n")[2].replace(f"file:clips/{name}.mp4", f"file:{clip.resolve()}")
            tables.append(rest)
    return tables


@contextmanager
def _box(scratch: Path, kinds: Sequence[str], index: int, cameras: int) -> Iterator[_Box]:
    port = free_port()
    head = (
        f'[box]\nid = "bench-{index}"\ndistrict = "350582"\n'
        f'[broker]\nurl = "mqtt://127.0.0.1:{free_port()}"\n'
        f'[outbox]\npath = "{scratch / f"box-{index}.db"}"\n'
        f"[metrics]\nport = {port}\n"
    )
    tables = [f'[[camera]]\nid = "cam-{n}"\n{kinds[n % len(kinds)]}' for n in range(cameras)]
    config = scratch / f"box-{index}.toml"
    config.write_text(head + "\n".join(tables), encoding="utf-8")
    with (scratch / f"box-{index}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "edge", "--config", str(config)], stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(process, port, Path(log.name))
            yield _Box(process=psutil.Process(process.pid), port=port)
        finally:
            process.terminate()
            try:
                process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end_s = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end_s:
        if process.poll() is not None:
            raise BenchError(f"the edge program ended at once: {log.read_text()[-300:]}")
        try:
            _metrics(port)
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise BenchError(f"the edge program does not come up within {_PATIENCE_S:.0f} s; is the machine free?")


def _metrics(port: int) -> list[str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return str(answer.read().decode()).splitlines()
