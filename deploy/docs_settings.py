"""`docs/settings.md`, from the programs' settings structs."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Final, get_type_hints

import msgspec

import center.settings
import edge.settings
import ingest.settings
import worker.settings
from deploy.docs_hints import description, is_list, structs, words
from program.settings import Setting, describe

PROGRAMS: Final[Mapping[str, type[msgspec.Struct]]] = MappingProxyType(
    {
        "ingest": ingest.settings.Settings,
        "worker": worker.settings.Settings,
        "edge": edge.settings.Settings,
        "center": center.settings.Settings,
    }
)
_COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "STREETWARDEN_STACK_FOLDER": "`streetwarden up`, `status`, `doctor`: the folder of the stack on "
        "this machine, with its data, passwords and logs.",
        "STREETWARDEN_TLS_FOLDER": "`streetwarden tls`: the folder of the CA.",
        "STREETWARDEN_STACK_ARCHIVE_WAL": "`streetwarden up`: 1 keeps the database's write-ahead log, as "
        "`--archive-wal` does.",
        "STREETWARDEN_SERVERS_FOLDER": "`streetwarden up`, `doctor`, `bench`: Debian 13 with the servers; by "
        "default it is made beside the stack's folder.",
        "STREETWARDEN_BROKER_CREDENTIALS": "`streetwarden up`: a JSON file with the passwords that a "
        "broker of your own knows, by user.",
        "STREETWARDEN_OPERATOR_PASSWORD": "`streetwarden operator add`: the password, which it asks for "
        "otherwise.",
        "STREETWARDEN_BROKER_SESSION_TOKEN": "`streetwarden broker sessions --remove`: the token of the "
        "broker's limits file; or a file with it in `STREETWARDEN_BROKER_SESSION_TOKEN_FILE`.",
        "STREETWARDEN_DOCTOR_PASSWORD": "`streetwarden doctor`, `broker sessions`: the password of the "
        "broker's user `center-doctor`; or a file with it in `STREETWARDEN_DOCTOR_PASSWORD_FILE`.",
        "STREETWARDEN_DOCTOR_DEVICE_PASSWORD": "`streetwarden doctor`: the password of the broker's user "
        "`device/streetwarden-doctor`; or a file with it in `STREETWARDEN_DOCTOR_DEVICE_PASSWORD_FILE`.",
        "STREETWARDEN_PROMETHEUS_URL": "`streetwarden doctor`: a Prometheus to look at.",
        "STREETWARDEN_ALERTMANAGER_URL": "`streetwarden doctor`: an Alertmanager to look at.",
        "STREETWARDEN_PUBLIC_URL": "The container stack: the address to print for the command centre.",
        "STREETWARDEN_TEST_ALL_ROLES": "The tests: 1 installs each role on a bare machine of its own.",
        "STREETWARDEN_TEST_DATABASE_URL": "The tests: a database server to use instead of their own; its "
        "user may make databases.",
    }
)
_HEAD: Final = """\
# Settings

*Made from the code by `scripts/docs`.*

For administrators. Environment variables override a program's TOML file (`--config FILE`), and the file
overrides the defaults. A program refuses an unknown key, or a value outside its limits, and names it. The
variable of the key `name` in the section `[section]` is `STREETWARDEN_{PROGRAM}_{SECTION}_{NAME}`. Settings
that several programs share have shorter variables: `STREETWARDEN_MQTT_URL`, `STREETWARDEN_DATABASE_URL` and
`STREETWARDEN_EVIDENCE_URL`.
"""


def settings_page() -> str:
    """The page."""
    parts = [_HEAD.rstrip()]
    for program, kind in PROGRAMS.items():
        parts.append(f"\n## {program}\n\n`python -m {program}`, or `streetwarden {program}`.\n")
        for section, group in groupby(describe(kind, program=program), key=lambda each: each.path[:-1]):
            parts += _section(kind, section, [each for each in group if not structs(each.hint)])
        for setting in describe(kind, program=program):
            parts += _tables(setting.path, setting)
    parts += [
        "\n## Commands, containers and tests\n\n`deploy/example.env` has those of the container stack.\n",
        "| variable | meaning |\n|---|---|",
    ]
    parts += [_row(f"`{name}`", meaning) for name, meaning in _COMMANDS.items()]
    return "\n".join(parts).rstrip() + "\n"


def _section(kind: type[msgspec.Struct], path: tuple[str, ...], settings: list[Setting]) -> Iterator[str]:
    if not settings:
        return
    for key in path:
        kind = get_type_hints(kind)[key]
    yield f"### `[{'.'.join(path)}]`\n\n{_first(kind)}\n" if path else "### At the top of the file\n"
    yield "| setting | variable | default | allowed | meaning |\n|---|---|---|---|---|"
    for setting in settings:
        variable = f"`{setting.environment}`" if setting.environment else "file only"
        yield _row(
            f"`{setting.path[-1]}`", variable, _default(setting), words(setting.hint), meaning_of(setting)
        )
    yield ""


def _tables(path: tuple[str, ...], of: Setting) -> Iterator[str]:
    """The tables of a setting: one, or one for each value of the key that chooses the kind."""
    kinds = structs(of.hint)
    name = f"[[{'.'.join(path)}]]" if is_list(of.hint) else f"[{'.'.join(path)}]"
    if len(kinds) == 1:
        yield f"### `{name}`\n\n{meaning_of(of) or _first(kinds[0])}"
        yield from _table(kinds[0], path)
    elif kinds:
        yield f"### `{name}`\n\n{meaning_of(of)}\n"
        for kind in kinds:
            tag = kind.__struct_config__
            yield f'### `{name}` with `{tag.tag_field} = "{tag.tag}"`\n\n{_first(kind)}'
            yield from _table(kind, path)


def _table(kind: type[msgspec.Struct], path: tuple[str, ...]) -> Iterator[str]:
    """The settings of a table, and the tables inside it."""
    yield "\n| setting | default | allowed | meaning |\n|---|---|---|---|"
    for setting in describe(kind, program=""):
        if not structs(setting.hint):
            name = ".".join(setting.path)
            yield _row(f"`{name}`", _default(setting), words(setting.hint), meaning_of(setting))
    yield ""
    for setting in describe(kind, program=""):
        yield from _tables((*path, *setting.path), setting)


def meaning_of(setting: Setting) -> str:
    """The description of a setting, or else of its type."""
    return setting.meaning or description(setting.hint)


def tables_of(kind: type[msgspec.Struct]) -> Iterator[Setting]:
    """All settings of a struct, including those of its inner tables."""
    for setting in describe(kind, program=""):
        yield setting
        for inside in structs(setting.hint):
            yield from tables_of(inside)


def _first(kind: type[msgspec.Struct]) -> str:
    return (inspect.getdoc(kind) or "").split("\n\n", 1)[0].replace("\n", " ")


def _default(setting: Setting) -> str:
    if setting.default is msgspec.NODEFAULT:
        return "must be given"
    value = setting.default
    if value is None or value in ("", (), []):
        return "none"
    if isinstance(value, Path):
        value = str(value)
    return f"`{json.dumps(msgspec.to_builtins(value), ensure_ascii=False)}`"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
