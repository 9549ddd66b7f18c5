"""Checks of the machine: Python, packages, the servers' Debian root, disk space."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from deploy import debian_root
from deploy.doctor.finding import Finding, doubtful, ok, wrong
from deploy.own_packages import also_claimed, shadowed
from deploy.release.roles import EXTRAS

_OLDEST_PYTHON: Final = (3, 11)
_GIB: Final = 1024**3
_LITTLE_GIB: Final = 5.0
_NONE_GIB: Final = 1.0


def check(*, folder: Path, system: Path, own_servers: bool) -> Iterator[Finding]:
    """All of them.

    Args:
        folder: of the data.
        system: the servers' Debian root.
        own_servers: whether the user provides the servers, so that none must run here.
    """
    yield python(sys.version_info[:3])
    yield packages()
    yield own_packages()
    yield disk(folder)
    if own_servers:
        yield ok("servers' system", "not needed: database and broker are given")
    else:
        yield servers(system)


def python(found: tuple[int, int, int]) -> Finding:
    """Python itself."""
    name = ".".join(map(str, found))
    if found[:2] >= _OLDEST_PYTHON:
        return ok("Python", name)
    return wrong("Python", name, "install Python 3.11 or newer, and Streetwarden with it")


def packages(
    extras: frozenset[str] = EXTRAS["one-machine"],
    *,
    remedy: str = "run scripts/run, or install requirements-one-machine.txt of the release",
) -> Finding:
    """Checks our package and all packages that its extras require, with their versions."""
    missing = sorted(set(_missing("streetwarden", set(extras))))
    if missing:
        return wrong("packages", f"missing or too old: {', '.join(missing)}", remedy)
    return ok("packages", f"streetwarden {version('streetwarden')} with all it asks for")


def own_packages() -> Finding:
    """Checks that no other distribution here has packages with our names (`store`, `city`, …)."""
    strangers = [*shadowed(), *also_claimed()]
    if strangers:
        return wrong(
            "package names",
            f"others have packages of our names: {', '.join(strangers)}",
            "install Streetwarden into a virtual environment of its own",
        )
    return ok("package names", "ours alone")


def _missing(package: str, extras: set[str]) -> Iterator[str]:
    for line in requires(package) or ():
        wanted = Requirement(line)
        if wanted.marker is not None and not any(
            wanted.marker.evaluate({"extra": extra}) for extra in extras or {""}
        ):
            continue
        if wanted.name == package:
            yield from _missing(package, wanted.extras)
            continue
        try:
            if not wanted.specifier.contains(version(wanted.name), prereleases=True):
                yield str(wanted.name)
        except PackageNotFoundError:
            yield str(wanted.name)


def disk(folder: Path) -> Finding:
    """Checks the free space on the disk of the data."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free / _GIB
    found = f"{free:.1f} GiB free at {there}"
    if free < _NONE_GIB:
        return wrong("disk", found, "make room; the database stops when there is none")
    if free < _LITTLE_GIB:
        return doubtful("disk", found, "make room soon")
    return ok("disk", found)


def servers(system: Path) -> Finding:
    """Checks the Debian root that PostgreSQL, Mosquitto, Prometheus and Alertmanager run from."""
    refused = debian_root.refusal()
    if refused is not None:
        found, _, remedy = refused.partition("; ")
        return wrong("servers' system", found, remedy)
    where = debian_root.find(system)
    lacking = where.lacks()
    if lacking:
        return wrong(
            "servers' system", f"{where.root} lacks {', '.join(lacking)}", "run scripts/run, which makes it"
        )
    return ok("servers' system", f"{where.root} has {', '.join(debian_root.PACKAGES)}")
