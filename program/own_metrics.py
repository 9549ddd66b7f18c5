"""What every program serves of itself: its process, its build, and the disks that it depends on.

A disk is measured in a thread of its own: a network file system that hangs must hang no scrape and no probe.
What could not be measured for a minute is left out.
"""

from __future__ import annotations

import platform
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

_EVERY_S: Final = 5.0
_OLD_S: Final = 60.0
_FIRST_S: Final = 1.0


def register(registry: CollectorRegistry, *, volumes: Mapping[str, Path]) -> None:
    """Serve a program's own metrics.

    Args:
        registry: where.
        volumes: folders whose disks matter to the program, by what they hold.
    """
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    registry.register(Build())
    registry.register(Volumes(volumes))


class Build(Collector):
    """Which release runs."""

    def collect(self) -> Iterable[Metric]:
        """One gauge that is 1."""
        info = GaugeMetricFamily(
            "streetwarden_build_info",
            "1; the labels say which release runs, on which Python.",
            labels=["version", "python"],
        )
        info.add_metric([release(), platform.python_version()], 1)
        yield info


class Volumes(Collector):
    """How much room there is.

    Args:
        folders: by what they hold.
        seconds: that only ever grow.
    """

    def __init__(self, folders: Mapping[str, Path], *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._folders = dict(folders)
        self._seconds = seconds
        self._measured: dict[str, tuple[int, int, float]] = {}
        self._thread: threading.Thread | None = None
        self._first = threading.Event()

    def describe(self) -> Iterable[Metric]:
        """What `collect` yields, without measuring."""
        return self._families({})

    def collect(self) -> Iterable[Metric]:
        """Two gauges for each folder that could be measured lately."""
        if self._thread is None and self._folders:
            self._thread = threading.Thread(target=self._keep_measuring, name="volumes", daemon=True)
            self._thread.start()
            self._first.wait(_FIRST_S)
        oldest = self._seconds() - _OLD_S
        return self._families({name: found for name, found in self._measured.items() if found[2] >= oldest})

    def _families(self, measured: Mapping[str, tuple[int, int, float]]) -> Iterable[Metric]:
        free = GaugeMetricFamily(
            "streetwarden_volume_free_bytes",
            "Room for our programs on the disk that holds this (evidence, outbox, or a folder that "
            "`metrics.volumes` names).",
            labels=["volume"],
        )
        size = GaugeMetricFamily(
            "streetwarden_volume_size_bytes", "The size of that disk.", labels=["volume"]
        )
        for name, (free_bytes, size_bytes, _) in measured.items():
            free.add_metric([name], free_bytes)
            size.add_metric([name], size_bytes)
        yield free
        yield size

    def _keep_measuring(self) -> None:
        while True:
            for name, folder in self._folders.items():
                try:
                    usage = shutil.disk_usage(folder)
                except OSError:  # it is not there, or not any more
                    continue
                self._measured[name] = usage.free, usage.total, self._seconds()
            self._first.set()
            time.sleep(_EVERY_S)


def release() -> str:
    """The version of this installation."""
    try:
        return version("streetwarden")
    except PackageNotFoundError:
        return "unknown"
