"""The files that each role installs on a machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final

PROGRAMS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "ingest": ("ingest", "worker"),
        "center": ("center",),
        "edge": ("edge",),
        "one-machine": ("ingest", "worker", "center", "edge"),
    }
)
"""Role → the programs that run on such a machine."""

JOBS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"ingest": ("backup",), "center": (), "edge": (), "one-machine": ("backup",)}
)
"""Role → services that a timer starts, each with a user of its own."""

SETTINGS: Final = Path("/etc/streetwarden")
SECRETS: Final = SETTINGS / "secrets"
EVIDENCE: Final = Path("/var/lib/streetwarden/evidence/evidence")
"""The evidence storage: files in folders by the first digits of their names."""

_PREFIX: Final = "/opt/streetwarden"

_SECRETS_OF: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "ingest": (
            "center-ingest",
            "center-incidents",
            "center-monitor",
            "streetwarden_ingest",
        ),
        "worker": ("streetwarden_worker", "streetwarden_maintenance"),
        "center": ("center-phones", "streetwarden_center"),
        "edge": ("box",),
        "backup": ("streetwarden_backup",),
    }
)


_ENVIRONMENT: Final = """\
# Variables of streetwarden-{program}.service; each overrides {program}.toml (docs/settings.md).
# Passwords do not belong here: they are files in /etc/streetwarden/secrets.
#STREETWARDEN_{upper}_LOG_LEVEL=DEBUG
"""


_BACKUP: Final = """\
# Variables of streetwarden-backup.service (docs/operations.md).
# Then: systemctl enable --now streetwarden-backup.timer
STREETWARDEN_DATABASE_URL=postgresql://streetwarden_backup@127.0.0.1:5432/streetwarden
STREETWARDEN_DATABASE_PASSWORD_FILE=/etc/streetwarden/secrets/streetwarden_backup
STREETWARDEN_EVIDENCE_URL=file:///var/lib/streetwarden/evidence
# A folder on another disk, or s3://bucket/prefix with the storage's own variables.
BACKUP_TO=/var/backups/streetwarden
# The number of complete backups to keep.
BACKUP_KEEP=14
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One file.

    Attributes:
        path: absolute.
        text: its content.
        mode: its permissions.
        group: the group that may read it; None for root only.
        keep: whether an existing file is kept, because it belongs to the administrator.
    """

    path: Path
    text: str
    mode: int = 0o644
    group: str | None = None
    keep: bool = False


def users(role: str) -> list[Placed]:
    """The files for `systemd-sysusers`, which creates the users; their groups own the settings."""
    return [
        Placed(path=Path(f"/etc/sysusers.d/streetwarden-{program}.conf"), text=_shipped(program, "sysusers"))
        for program in (*PROGRAMS[role], *JOBS[role])
    ]


def folders(role: str) -> list[Placed]:
    """The files for `systemd-tmpfiles`, which creates folders that several programs share."""
    return [
        Placed(path=Path(f"/etc/tmpfiles.d/streetwarden-{program}.conf"), text=_shipped(program, "tmpfiles"))
        for program in (*PROGRAMS[role], *JOBS[role])
        if program in {"ingest", "backup"}
    ]


def units(role: str, *, prefix: str = _PREFIX) -> list[Placed]:
    """The units; an administrator's changes belong into a drop-in (`systemctl edit`).

    Args:
        role: of `PROGRAMS`.
        prefix: the virtual environment.
    """
    services = [(program, "service") for program in (*PROGRAMS[role], *JOBS[role])]
    timers = [(job, "timer") for job in JOBS[role]]
    return [
        Placed(
            path=Path(f"/etc/systemd/system/streetwarden-{program}.{kind}"),
            text=_shipped(program, kind).replace(_PREFIX, prefix),
        )
        for program, kind in (*services, *timers)
    ]


def settings(role: str) -> Iterator[Placed]:
    """Settings and empty files for the secrets; existing files are kept."""
    for program in PROGRAMS[role]:
        group = f"streetwarden-{program}"
        toml = files("deploy").joinpath("settings", f"{program}.toml").read_text(encoding="utf-8")
        yield Placed(path=SETTINGS / f"{program}.toml", text=toml, mode=0o640, group=group, keep=True)
        env = _ENVIRONMENT.format(program=program, upper=program.upper())
        yield Placed(path=SETTINGS / f"{program}.env", text=env, mode=0o640, group=group, keep=True)
        for name in _SECRETS_OF[program]:
            yield Placed(path=SECRETS / name, text="", mode=0o640, group=group, keep=True)
    for job in JOBS[role]:
        group = f"streetwarden-{job}"
        yield Placed(path=SETTINGS / f"{job}.env", text=_BACKUP, mode=0o640, group=group, keep=True)
        for name in _SECRETS_OF[job]:
            yield Placed(path=SECRETS / name, text="", mode=0o640, group=group, keep=True)


def _shipped(program: str, kind: str) -> str:
    return files("deploy").joinpath("systemd", f"streetwarden-{program}.{kind}").read_text(encoding="utf-8")
