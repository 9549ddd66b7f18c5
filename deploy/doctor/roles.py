"""`streetwarden doctor --role`: checks a machine with one role, using only that role's packages."""

from __future__ import annotations

import stat
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

import msgspec

from deploy import broker_probe
from deploy.doctor import machine
from deploy.doctor.finding import Finding, ok, split, wrong
from deploy.doctor.programs import program as program_check
from deploy.doctor.programs import reachable
from deploy.installing.files import PROGRAMS, SECRETS, SETTINGS
from deploy.release.roles import EXTRAS
from edge.settings import Settings as EdgeSettings
from program.errors import SettingsError
from program.settings import load
from program.settings_parts import BrokerLogin

_KINDS: Final[Mapping[str, str]] = {
    "ingest": "ingest.settings",
    "worker": "worker.settings",
    "center": "center.settings",
    "edge": "edge.settings",
}


async def check(role: str, environment: Mapping[str, str], *, etc: Path = SETTINGS) -> AsyncIterator[Finding]:
    """All checks of a role.

    Args:
        role: of `PROGRAMS`.
        environment: overrides the settings files, as for the programs.
        etc: the folder of the settings files.
    """
    yield machine.python(sys.version_info[:3])
    yield machine.packages(EXTRAS[role], remedy=f"install requirements-{role}.txt of the release")
    yield machine.own_packages()
    for finding in secrets(etc / SECRETS.name):
        yield finding
    for program in PROGRAMS[role]:
        file = etc / f"{program}.toml"
        try:
            kind: type[msgspec.Struct] = import_module(_KINDS[program]).Settings
            variables = {**_variables(etc / f"{program}.env"), **environment}
            chosen = load(kind, program=program, file=file, environment=variables)
            checks = [finding async for finding in _program(program, chosen)]
        except SettingsError as error:
            yield wrong(f"{program}'s settings", *split(str(error)))
            continue
        yield ok(f"{program}'s settings", str(file))
        for finding in checks:
            yield finding


def secrets(folder: Path) -> Iterator[Finding]:
    """Checks that each secret exists, and that only its program's group can read it."""
    try:
        files = sorted(file for file in folder.iterdir() if file.is_file())
        open_to_all = [file.name for file in files if stat.S_IMODE(file.stat().st_mode) & 0o007]
        empty = [file.name for file in files if not file.stat().st_size]
    except OSError as error:
        yield wrong(
            "secrets",
            f"{folder} cannot be read ({error.strerror})",
            "run it as root, after `streetwarden install`",
        )
        return
    if open_to_all:
        yield wrong(
            "secrets",
            f"everybody may read {', '.join(open_to_all)} in {folder}",
            f"chmod 640 {' '.join(str(folder / name) for name in open_to_all)}",
        )
    if empty:
        yield wrong(
            "secrets", f"nothing is in {', '.join(empty)} in {folder}", "write the passwords into them"
        )
    if not open_to_all and not empty:
        yield ok("secrets", f"{', '.join(file.name for file in files) or 'none'} in {folder}")


async def _program(program: str, chosen: msgspec.Struct) -> AsyncIterator[Finding]:
    if isinstance(chosen, EdgeSettings):
        yield folder_of_outbox(Path(chosen.outbox.path).parent)
        yield machine.disk(Path(chosen.outbox.path).parent)
        yield broker(chosen.broker)
        yield program_check(program, reachable(chosen.metrics.address), chosen.metrics.port)
        return
    centre = import_module("deploy.doctor.centre")  # it needs what a box does not have
    async for finding in centre.check(program, chosen):
        yield finding


def broker(login: BrokerLogin) -> Finding:
    """Checks that a broker answers, and refuses clients without a password.

    No account is used, because a login as ingest would take over ingest's session.
    """
    try:
        if not broker_probe.lets_anybody_in(login.url):
            return ok("broker", f"{login.url} answers, and refuses a client without a user")
    except broker_probe.BrokerError as error:
        return wrong("broker", *split(str(error)))
    return wrong(
        "broker", f"{login.url} lets anybody in", "give it users and the rules of docs/installation.md"
    )


def folder_of_outbox(folder: Path) -> Finding:
    """Checks the folder of the outbox."""
    if folder.is_dir():
        return ok("outbox", str(folder))
    return wrong(
        "outbox",
        f"{folder} is not there",
        "start streetwarden-edge, whose unit makes it, or correct outbox.path",
    )


def _variables(file: Path) -> dict[str, str]:
    """Reads an environment file as systemd does, for the syntax of our examples."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"{file} cannot be read ({error.strerror}); run it as root") from None
    pairs = (
        line.partition("=") for line in map(str.strip, lines) if line and not line.startswith(("#", ";"))
    )
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}
