"""The machine roles, and the packages of each, pinned with hashes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires
from types import MappingProxyType
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.errors import DeployError

OURS: Final = "streetwarden"

EXTRAS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "ingest": frozenset({"ingest", "worker"}),
        "center": frozenset({"center"}),
        "edge": frozenset({"edge"}),
        "one-machine": frozenset({"stack"}),
    }
)
"""Role → the extras of our package that it needs."""

_HEAD: Final = """\
# What the role `{role}` of Streetwarden {version} needs, pinned with hashes. Made by scripts/build.
#   pip install --require-hashes --requirement requirements-{role}.txt
#   pip install --no-deps {wheel}
"""
_STANZA: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==")


def requirements(role: str, lock: str, *, version: str, wheel: str) -> str:
    """A role's lock file, a subset of the whole one, so that the installed versions are the tested ones.

    Args:
        role: one of `EXTRAS`.
        lock: text of `requirements.lock`.
        version: of the release.
        wheel: the wheel's file name.

    Raises:
        DeployError: the lock lacks a package that the role needs.
    """
    pinned: dict[str, str] = {}
    for name, stanza in _stanzas(lock):  # one for each range of Pythons
        pinned[name] = pinned.get(name, "") + stanza
    needed = closure(EXTRAS[role])
    lacking = sorted(needed - pinned.keys())
    if lacking:
        raise DeployError(f"requirements.lock lacks {', '.join(lacking)}; run scripts/lock")
    return _HEAD.format(role=role, version=version, wheel=wheel) + "".join(
        pinned[name] for name in sorted(needed)
    )


def closure(extras: frozenset[str]) -> set[str]:
    """Canonical names of all packages that our package with these extras needs, on any supported machine."""
    needed: set[str] = set()
    waiting: list[tuple[str, frozenset[str]]] = [(OURS, extras)]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        package = waiting.pop()
        if package in seen:
            continue
        seen.add(package)
        name, wanted = package
        if name != OURS:
            needed.add(name)
        waiting += [(canonicalize_name(one.name), frozenset(one.extras)) for one in _required(name, wanted)]
    return needed


def _required(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    """The requirements of a package with these extras, on any machine that we support."""
    try:
        lines = requires(name) or ()
    except PackageNotFoundError:  # it is for other machines than this; the lock has it with its marker
        return
    for line in lines:
        one = Requirement(line)
        if one.marker is None or any(
            one.marker.evaluate({**machine, "extra": extra})
            for machine in _MACHINES
            for extra in {"", *extras}
        ):
            yield one


_MACHINES: Final = tuple(
    {
        "python_version": version,
        "python_full_version": f"{version}.0",
        "platform_machine": machine,
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    }
    for version in ("3.11", "3.12", "3.13", "3.14")
    for machine in ("x86_64", "aarch64")
)


def _stanzas(lock: str) -> Iterator[tuple[str, str]]:
    """(canonical name, its lines with hashes) of each package in a lock."""
    name, lines = "", ""
    for line in lock.splitlines(keepends=True):
        found = _STANZA.match(line)
        if found:
            if name:
                yield name, lines
            name, lines = canonicalize_name(found[1]), line
        elif name and line.startswith((" ", "\t")):
            lines += line
    if name:
        yield name, lines
