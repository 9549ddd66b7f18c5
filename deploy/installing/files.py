"""What each role puts on a machine, file by file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final

PROGRAMS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "ingest": ("ingest",),
        "center": ("center",),
        "edge": ("edge",),
        "one-machine": ("ingest", "center", "edge"),
    }
)
"""Role → the programs that run on such a machine."""

SETTINGS: Final = Path("/etc/streetwarden")
SECRETS: Final = SETTINGS / "secrets"
_PREFIX: Final = "/opt/streetwarden"

_SECRETS_OF: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "ingest": (
            "center-ingest",
            "center-incidents",
            "center-monitor",
            "streetwarden_ingest",
            "streetwarden_maintenance",
        ),
        "center": ("streetwarden_center",),
        "edge": ("box",),
    }
)


_ENVIRONMENT: Final = """\
# Variables of streetwarden-{program}.service; each goes before what {program}.toml says (docs/settings.md).
# Passwords do not belong here: they are files in /etc/streetwarden/secrets.
#STREETWARDEN_{upper}_LOG_LEVEL=DEBUG
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One file.

    Attributes:
        path: where, absolute.
        text: what.
        mode: its access.
        group: who may read it beside root; None for root's own.
        keep: whether one that is there already stays: it is the administrator's.
    """

    path: Path
    text: str
    mode: int = 0o644
    group: str | None = None
    keep: bool = False


def users(role: str) -> list[Placed]:
    """What `systemd-sysusers` makes the users from; settings belong to their groups."""
    return [
        Placed(path=Path(f"/etc/sysusers.d/streetwarden-{program}.conf"), text=_shipped(program, "sysusers"))
        for program in PROGRAMS[role]
    ]


def folders(role: str) -> list[Placed]:
    """What `systemd-tmpfiles` makes folders from that several programs share."""
    return [
        Placed(path=Path(f"/etc/tmpfiles.d/streetwarden-{program}.conf"), text=_shipped(program, "tmpfiles"))
        for program in PROGRAMS[role]
        if program == "ingest"
    ]


def units(role: str, *, prefix: str = _PREFIX) -> list[Placed]:
    """The units; what an administrator wants otherwise belongs into a drop-in (`systemctl edit`).

    Args:
        role: of `PROGRAMS`.
        prefix: the virtual environment.
    """
    return [
        Placed(
            path=Path(f"/etc/systemd/system/streetwarden-{program}.service"),
            text=_shipped(program, "service").replace(_PREFIX, prefix),
        )
        for program in PROGRAMS[role]
    ]


def settings(role: str) -> Iterator[Placed]:
    """Settings and empty files for the secrets; what is there already stays."""
    for program in PROGRAMS[role]:
        group = f"streetwarden-{program}"
        toml = files("deploy").joinpath("settings", f"{program}.toml").read_text(encoding="utf-8")
        yield Placed(path=SETTINGS / f"{program}.toml", text=toml, mode=0o640, group=group, keep=True)
        env = _ENVIRONMENT.format(program=program, upper=program.upper())
        yield Placed(path=SETTINGS / f"{program}.env", text=env, mode=0o640, group=group, keep=True)
        for name in _SECRETS_OF[program]:
            yield Placed(path=SECRETS / name, text="", mode=0o640, group=group, keep=True)


def _shipped(program: str, kind: str) -> str:
    return files("deploy").joinpath("systemd", f"streetwarden-{program}.{kind}").read_text(encoding="utf-8")
