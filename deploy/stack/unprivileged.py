"""Users without rights for the stack's programs, and a view of the files in which they reach what they need.

`up` is root, since servers need namespaces. Its programs are not: each runs under a number that no account of
the machine has, without capabilities, and can gain none. Python or the checkout may lie below a folder that
only root passes, such as /root. In a program's own mount namespace an empty folder then stands in that place,
with nothing in it but what the program needs, so that the rest of /root is not only closed but not there.
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
    """Who a program runs as; numbers, for the machine has no such account."""

    uid: int
    gid: int


def users() -> Mapping[str, User] | None:
    """A user for each program; None where we are not root, and programs are who we are.

    Ingest, center and worker share a group, to which the files of evidence belong.
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
    """What process 1 of a program's namespaces runs, as root; the program below it is nobody.

    Args:
        user: whom to become.
        program: and its arguments.
        needs: files and folders that it must reach, beside Python and our own code.
    """
    become = (
        *("setpriv", f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups", "--no-new-privs"),
        *("--bounding-set=-all", "--inh-caps=-all"),
    )
    # The shell stays: it collects orphans, and the kernel keeps no signal from the program below it.
    script = [*_view(reach([*needs, *code()], user)), "umask 007", '"$@"; exit $?']
    return ["sh", "-c", "\n".join(["set -e", *script[:-1], "set +e", script[-1]]), "sh", *become, *program]


def code() -> list[Path]:
    """Where Python and our own code lie, every link on the way to Python included."""
    found = [_TOP, Path(sys.prefix), Path(sys.base_prefix)]
    link = Path(sys.executable)
    while link.is_symlink():
        link = link.parent / link.readlink()
        found.append(link.parent)
    return found


def unreadable() -> str | None:
    """Why a program without rights could not run our code, with what to do; None if it could.

    Closed folders above it do not matter, closed files do: a checkout made with umask 077 has only those.
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
    """Give a file, or a folder with all that is in it, to a user; nothing happens without one."""
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
    """Closed folder → what of it is needed, for needs behind a folder that this user may not pass.

    The folders come in an order in which none lies within a later one.
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
    """Lines of shell that put an empty folder over each closed one, with what is needed in it."""
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
