"""Metrics that every program exports: its process, its release, and the disks that it needs.

Disks are measured in a thread of their own, because a network file system that hangs must not block a scrape
or a probe. A value that could not be measured for a minute is left out.
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
    """Export a program's own metrics.

    Args:
        registry: takes the metrics.
        volumes: folders whose disks matter to the program, by what they contain.
    """
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    registry.register(Build())
    registry.register(Volumes(volumes))


class Build(Collector):
    """The running release."""

    def collect(self) -> Iterable[Metric]:
        """One gauge that is 1."""
        info = GaugeMetricFamily(
            "streetwarden_build_info",
            "1; the labels are the running release and its Python version.",
            labels=["version", "python"],
        )
        info.add_metric([release(), platform.python_version()], 1)
        yield info


class Volumes(Collector):
    """The free space of some disks.

    Args:
        folders: by what they contain.
        seconds: monotonic seconds.
    """

    def __init__(self, folders: Mapping[str, Path], *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._folders = dict(folders)
        self._seconds = seconds
        self._measured: dict[str, tuple[int, int, float]] = {}
        self._thread: threading.Thread | None = None
        self._first = threading.Event()

    def describe(self) -> Iterable[Metric]:
        """The metrics of `collect`, without measuring."""
        return self._families({})

    def collect(self) -> Iterable[Metric]:
        """Two gauges for each folder that was measured recently."""
        if self._thread is None and self._folders:
            self._thread = threading.Thread(target=self._keep_measuring, name="volumes", daemon=True)
            self._thread.start()
            self._first.wait(_FIRST_S)
        oldest = self._seconds() - _OLD_S
        return self._families({name: found for name, found in self._measured.items() if found[2] >= oldest})

    def _families(self, measured: Mapping[str, tuple[int, int, float]]) -> Iterable[Metric]:
        free = GaugeMetricFamily(
            "streetwarden_volume_free_bytes",
            "Free bytes for our programs on the disk of this folder (evidence, outbox, or a folder in "
            "`metrics.volumes`).",
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
                except OSError:  # the folder does not exist, or not any more
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
