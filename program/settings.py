"""A program's settings: defaults, then one TOML file, then environment variables, in one frozen struct.

Each field `name` of section `section` is also the environment variable
`STREETWARDEN_{PROGRAM}_{SECTION}_{NAME}` (`STREETWARDEN_{PROGRAM}_{NAME}` for a top-level field). A field may
name a shared variable instead, with `Meta(extra={"environment": "STREETWARDEN_DATABASE_URL"})`. An unknown
key is refused by name.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from program.errors import SettingsError

SettingsT = TypeVar("SettingsT", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting, as documented.

    Attributes:
        path: keys from the top of the TOML file.
        environment: the variable that overrides it, with commas in a list; None if only the file can set it
            (lists of tables).
        meaning: description, with its unit.
        default: the default, or `msgspec.NODEFAULT` if it is required.
        hint: type, with all limits.
    """

    path: tuple[str, ...]
    environment: str | None
    meaning: str
    default: Any
    hint: Any


def load(
    kind: type[SettingsT],
    *,
    program: str,
    file: Path | None,
    environment: Mapping[str, str],
    moved: Mapping[str, str] = MappingProxyType({}),
) -> SettingsT:
    """Read one program's settings.

    Args:
        kind: the struct to fill; its nested structs are the TOML sections.
        program: the program's name, as in the environment variables.
        file: the TOML file; None for no file.
        environment: normally `os.environ`.
        moved: sections of earlier releases, and their new places.

    Raises:
        SettingsError: the file is missing or not TOML, a key is unknown or has moved, a value is wrong.
    """
    tree = _read(file) if file is not None else {}
    where = str(file) if file is not None else "settings"
    for section in moved.keys() & tree.keys():
        raise SettingsError(f"{where}: [{section}] has moved; put it into {moved[section]}")
    _refuse_unknown(kind, tree, (), where)
    for setting in describe(kind, program=program):
        if setting.environment is not None and setting.environment in environment:
            value = environment[setting.environment]
            _place(tree, setting.path, _split(value) if _is_list_of_text(setting.hint) else value)
            where = f"{where} and environment"
    try:
        return msgspec.convert(tree, kind, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{where}: {error}") from None


def describe(kind: type[msgspec.Struct], *, program: str) -> Iterator[Setting]:
    """Every setting of a struct, in order; the settings page of the docs is generated from this."""
    yield from _describe(kind, program, ())


def _describe(kind: type[msgspec.Struct], program: str, path: tuple[str, ...]) -> Iterator[Setting]:
    hints = get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        hint = hints[field.name]
        here = (*path, field.encode_name)
        section = _section(hint)
        if section is not None:
            yield from _describe(section, program, here)
            continue
        meta = _meta(hint)
        extra = (meta.extra if meta is not None and meta.extra else {}) or {}
        variable = extra.get("environment") or "_".join(("STREETWARDEN", program, *here)).upper()
        default = field.default
        if default is msgspec.NODEFAULT and field.default_factory is not msgspec.NODEFAULT:
            default = field.default_factory()
        yield Setting(
            path=here,
            environment=variable if _is_list_of_text(hint) or not _is_collection(hint) else None,
            meaning=(meta.description if meta is not None else None) or "",
            default=default,
            hint=hint,
        )


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{file} does not exist; give --config the path of a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not valid TOML: {error}") from None


def _refuse_unknown(kind: type[msgspec.Struct], tree: Any, path: tuple[str, ...], where: str) -> None:
    if not isinstance(tree, dict):
        return
    fields = {field.encode_name: field.name for field in msgspec.structs.fields(kind)}
    hints = get_type_hints(kind, include_extras=True)
    for key, value in tree.items():
        if key not in fields:
            dotted = ".".join((*path, key))
            close = difflib.get_close_matches(key, fields, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; known here: {', '.join(fields)}"
            raise SettingsError(f"{where}: unknown setting {dotted!r}{hint}")
        element = _section(hints[fields[key]]) or _element(hints[fields[key]])
        if element is not None:
            for index, part in enumerate(value) if isinstance(value, list) else ((None, value),):
                here = (*path, key if index is None else f"{key}[{index}]")
                _refuse_unknown(element, part, here, where)


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _place(tree: dict[str, Any], path: tuple[str, ...], value: str | list[str]) -> None:
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
    tree[path[-1]] = value


def _bare(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _meta(hint: Any) -> msgspec.Meta | None:
    if get_origin(hint) is not Annotated:
        return None
    metas = [part for part in get_args(hint)[1:] if isinstance(part, msgspec.Meta)]
    return metas[-1] if metas else None  # the outermost one: it describes the field, not its type


def _section(hint: Any) -> type[msgspec.Struct] | None:
    bare = _bare(hint)
    return bare if isinstance(bare, type) and issubclass(bare, msgspec.Struct) else None


def _element(hint: Any) -> type[msgspec.Struct] | None:
    """The struct inside `list[Struct]` or `tuple[Struct, ...]`."""
    bare = _bare(hint)
    if get_origin(bare) not in (list, tuple):
        return None
    return _section(get_args(bare)[0])


def _is_list_of_text(hint: Any) -> bool:
    """Whether a type is a list of texts, which a variable gives with commas."""
    bare = _bare(hint)
    return get_origin(bare) in (list, tuple) and _bare(get_args(bare)[0]) is str


def _is_collection(hint: Any) -> bool:
    return get_origin(_bare(hint)) in (list, tuple, dict)
