"""Unprivileged users for the stack's programs, with a mount namespace that contains the files that they need.

`up` runs as root, because servers need namespaces. Its programs do not: each runs with a user id that no
account of the machine has, without capabilities, and cannot gain any. Python or the checkout may be below a
folder that only root can enter, such as /root. In the mount namespace of a program, an empty folder then
replaces that folder and contains only what the program needs; the rest of /root does not exist there.
"""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import stat
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FIRST: Final = 59_100  # neither Debian's nor systemd's own ranges; of people's accounts at the far end
_STEP: Final = 10
_NAMES: Final = ("ingest", "center", "edge", "city", "alert-log", "worker")
_FOR_OTHERS_TO_PASS: Final = 0o001
_FOR_OTHERS_TO_READ: Final = 0o004
_SPARE: Final = ("/srv", "/mnt", "/media", "/opt")
_TOP: Final = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """The user that a program runs as; numbers, because the machine has no such account."""

    uid: int
    gid: int


def users() -> Mapping[str, User] | None:
    """A user for each program; None if we are not root, and programs run as our own user.

    Ingest, center and worker share a group that owns the evidence files.
    """
    if os.geteuid() != 0:
        return None
    first = _FIRST
    while any(_is_taken(first + number) for number in range(len(_NAMES))):
        first += _STEP
    chosen = {name: User(uid=first + number, gid=first + number) for number, name in enumerate(_NAMES)}
    for name in ("center", "worker"):
        chosen[name] = User(uid=chosen[name].uid, gid=chosen["ingest"].gid)
    return chosen


def command(user: User, program: Sequence[str], needs: Iterable[Path]) -> list[str]:
    """The command of process 1 in a program's namespaces; it runs as root, the program below it as `user`.

    Args:
        user: for the program.
        program: and its arguments.
        needs: files and folders that it must reach, in addition to Python and our own code.
    """
    become = (
        *("setpriv", f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups", "--no-new-privs"),
        *("--bounding-set=-all", "--inh-caps=-all"),
    )
    # The shell stays: it collects orphans, and the kernel keeps no signal from the program below it.
    script = [*_view(reach([*needs, *code()], user)), "umask 007", '"$@"; exit $?']
    return ["sh", "-c", "\n".join(["set -e", *script[:-1], "set +e", script[-1]]), "sh", *become, *program]


def code() -> list[Path]:
    """The paths of Python and our own code, including every symbolic link on the way to Python."""
    found = [_TOP, Path(sys.prefix), Path(sys.base_prefix)]
    link = Path(sys.executable)
    while link.is_symlink():
        link = link.parent / link.readlink()
        found.append(link.parent)
    return found


def unreadable() -> str | None:
    """Why an unprivileged program could not run our code, with the remedy; None if it could.

    Closed folders above the code do not matter, but closed files do: a checkout made with umask 077 has only
    closed files.
    """
    for place in code():
        if not _open_to_others(place):
            return f"{place} is closed to others; run chmod o+rx {place}"
    packages = Path(os.__file__).parent, *_TOP.glob("*/__init__.py")
    for path in packages:
        if not _open_to_others(path):
            return f"{path} cannot be read by others (was the umask 077?); run chmod -R o+rX {_TOP}"
    return None


def give(path: Path, user: User | None, *, mode: int | None = None) -> Path:
    """Make a user the owner of a file, or of a folder with its content; does nothing without a user."""
    if user is None:
        return path
    if mode is not None:
        path.chmod(mode)
    looked_at = (path, *path.glob("*"), *path.glob("*/*"))  # not at each of a million files of evidence
    if any(one.lstat().st_uid != user.uid for one in looked_at):
        for one in (*path.rglob("*"), path):  # itself last: what was interrupted is done again
            os.chown(one, user.uid, user.gid, follow_symlinks=False)
    return path


def reach(needs: Iterable[Path], user: User) -> dict[Path, list[Path]]:
    """Closed folder → needed paths in it, for paths behind a folder that this user may not enter.

    The folders are ordered so that none is within a later one.
    """
    found: list[Path] = []
    closed: dict[Path, list[Path]] = {}
    for path in sorted({path.absolute() for path in needs if path.exists()}):
        above = [
            one for one in found if path.is_relative_to(one)
        ]  # with one of them this path is reached too
        open_from = len(max(above).parts) if above else 0
        for folder in reversed(path.parents):
            if len(folder.parts) >= open_from and not _passes(folder, user):
                closed.setdefault(folder, []).append(path)
                break
        else:
            if above:
                continue
        found.append(path)
    return closed


def _view(closed: Mapping[Path, Sequence[Path]]) -> list[str]:
    """Shell commands that mount an empty folder over each closed one, with the needed paths in it."""
    if not closed:
        return []
    needed = [path for paths in closed.values() for path in paths]
    spare = next(name for name in _SPARE if Path(name).is_dir() and not _meets(Path(name), needed))
    kept = {path: f"{spare}/{number}" for number, path in enumerate(needed)}
    lines = [f"mount -t tmpfs -o mode=755 none {spare}"]
    for path, place in kept.items():
        lines += [_placeholder(path, place), f"mount --rbind {shlex.quote(str(path))} {place}"]
    for folder, paths in closed.items():
        lines += [f"mount -t tmpfs -o mode=755 none {shlex.quote(str(folder))}"]
        for path in paths:
            target = shlex.quote(str(path))
            lines += [_placeholder(path, target), f"mount --rbind {kept[path]} {target}"]
    return [*lines, f"umount -l {spare}"]


def _placeholder(path: Path, place: str) -> str:
    return f"mkdir -p {place}" if path.is_dir() else f'mkdir -p "$(dirname {place})"; touch {place}'


def _meets(folder: Path, needed: Sequence[Path]) -> bool:
    return any(path.is_relative_to(folder) or folder.is_relative_to(path) for path in needed)


def _passes(folder: Path, user: User) -> bool:
    found = folder.stat()
    own = stat.S_IXUSR * (found.st_uid == user.uid) | stat.S_IXGRP * (found.st_gid == user.gid)
    return bool(found.st_mode & (own | _FOR_OTHERS_TO_PASS))


def _open_to_others(path: Path) -> bool:
    mode = path.stat().st_mode
    wanted = _FOR_OTHERS_TO_READ | (_FOR_OTHERS_TO_PASS if path.is_dir() else 0)
    return mode & wanted == wanted


def _is_taken(number: int) -> bool:
    try:
        pwd.getpwuid(number)
    except KeyError:
        pass
    else:
        return True
    try:
        grp.getgrgid(number)
    except KeyError:
        return False
    return True
