"""Generates `deploy/settings/*.toml`: each program's settings file with all settings.

`streetwarden install` copies them to a machine. A setting is commented out, with its default, unless a new
installation must check it.
"""

from __future__ import annotations

import inspect
import json
import textwrap
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, get_type_hints

import msgspec

from deploy.docs_hints import structs, words
from deploy.docs_settings import PROGRAMS, meaning_of
from program.settings import Setting, describe

FOLDER: Final = "deploy/settings"
SECRETS: Final = "/etc/streetwarden/secrets"
_WIDTH: Final = 100

_LOOK_AT: Final[Mapping[str, Mapping[tuple[str, ...], str]]] = MappingProxyType(
    {
        "ingest": {
            ("broker", "url"): "mqtt://127.0.0.1:1883",
            ("broker", "user"): "center-ingest",
            ("broker", "password_file"): f"{SECRETS}/center-ingest",
            ("incidents", "user"): "center-incidents",
            ("incidents", "password_file"): f"{SECRETS}/center-incidents",
            ("monitor", "user"): "center-monitor",
            ("monitor", "password_file"): f"{SECRETS}/center-monitor",
            ("database", "url"): "postgresql://streetwarden_ingest@127.0.0.1:5432/streetwarden",
            ("database", "password_file"): f"{SECRETS}/streetwarden_ingest",
            ("evidence", "url"): "file:///var/lib/streetwarden/evidence",
        },
        "worker": {
            ("database", "url"): "postgresql://streetwarden_worker@127.0.0.1:5432/streetwarden",
            ("database", "password_file"): f"{SECRETS}/streetwarden_worker",
            ("record", "roots_file"): "/var/lib/streetwarden/worker/roots.jsonl",
            ("storage", "database_url"): "postgresql://streetwarden_maintenance@127.0.0.1:5432/streetwarden",
            ("storage", "database_password_file"): f"{SECRETS}/streetwarden_maintenance",
            ("evidence", "url"): "file:///var/lib/streetwarden/evidence",
        },
        "center": {
            ("web", "address"): "127.0.0.1",
            ("phones", "url"): "mqtt://127.0.0.1:1883",
            ("phones", "user"): "center-phones",
            ("phones", "password_file"): f"{SECRETS}/center-phones",
            ("database", "url"): "postgresql://streetwarden_center@127.0.0.1:5432/streetwarden",
            ("database", "password_file"): f"{SECRETS}/streetwarden_center",
            ("evidence", "url"): "file:///var/lib/streetwarden/evidence",
        },
        "edge": {
            ("box", "id"): "box-1",
            ("box", "district"): "350582",
            ("broker", "url"): "mqtt://127.0.0.1:1883",
            ("broker", "password_file"): f"{SECRETS}/box",
        },
    }
)
"""Settings that a new installation must check; they are not commented out."""

_CAMERA: Final = """
# Each camera is a table; docs/edge.md says how to mark covers and zones in its picture.
#[[camera]]
#id = "cam-01"
#source = "rtsp://viewer:secret@192.0.2.11:554/stream1"
#lat = 24.802285
#lon = 118.568277
"""


_SOURCES: Final = """
# Which box may report for which cameras, and what (docs/authority.md). Without a table, no box may.
#[[sources]]
#account = "box/box-1"
#cameras = ["cam-01"]
#types = ["cover_missing", "cover_displaced", "stall", "goods", "vehicle"]
"""
_TABLES: Final[Mapping[str, str]] = MappingProxyType({"edge": _CAMERA, "ingest": _SOURCES})


def examples() -> Mapping[str, str]:
    """Every file, by its path below the checkout."""
    return {f"{FOLDER}/{program}.toml": example(program) for program in PROGRAMS}


def example(program: str) -> str:
    """One program's settings file."""
    kind = PROGRAMS[program]
    lines = [
        f"# Settings of Streetwarden's {program}: /etc/streetwarden/{program}.toml",
        "#",
        "# Settings that are commented out show their default; check the others. After a change:",
        f"#   systemctl restart streetwarden-{program}",
        "# Passwords are files below /etc/streetwarden/secrets, readable by this program's user only.",
    ]
    settings = [setting for setting in describe(kind, program=program) if not structs(setting.hint)]
    for path, group in groupby(sorted(settings, key=_top_first), key=lambda each: each.path[:-1]):
        lines += ["", *_section(kind, path, list(group), _LOOK_AT[program])]
    return "\n".join(lines) + "\n" + _TABLES.get(program, "")


def _top_first(setting: Setting) -> bool:
    return len(setting.path) > 1  # in TOML, keys without a section come before the first section


def _section(
    kind: type[msgspec.Struct], path: tuple[str, ...], settings: list[Setting], look_at: Mapping[Any, str]
) -> Iterator[str]:
    for key in path:
        kind = get_type_hints(kind)[key]
    if path:
        yield from _comment((inspect.getdoc(kind) or "").split("\n\n", 1)[0])
        yield f"[{'.'.join(path)}]"
    for setting in settings:
        yield from _comment(f"{meaning_of(setting)} ({words(setting.hint)})", indent="# ")
        name, value = setting.path[-1], look_at.get(setting.path)
        if value is not None:
            yield f"{name} = {json.dumps(value)}"
        elif setting.default is None or setting.default is msgspec.NODEFAULT:
            yield f"#{name} ="
        else:
            yield f"#{name} = {_toml(setting.default)}"


def _comment(text: str, *, indent: str = "# ") -> list[str]:
    return textwrap.wrap(" ".join(text.split()), _WIDTH, initial_indent=indent, subsequent_indent=indent)


def _toml(value: Any) -> str:
    """A value in TOML; texts, numbers, booleans and lists of them are written as in JSON."""
    plain = str(value) if isinstance(value, Path) else msgspec.to_builtins(value)
    if isinstance(plain, dict):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in plain.items()) + " }"
    return json.dumps(plain, ensure_ascii=False)
