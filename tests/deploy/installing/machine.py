"""Bare Debian machines for tests: a root made by mmdebstrap, booted with systemd in namespaces of its own.

A machine's files are an overlay over the bare root. Its network is loopback only, so everything that is
installed must come from local files.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy import debian_root
from tests.servers import ROOT

CACHE: Final = ROOT.parent / "bare"
_PACKAGES: Final = "systemd,systemd-sysv,dbus,ca-certificates"
_LEFT_OUT: Final = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
_PATIENCE_S: Final = 60.0

_LAYER: Final = """
set -e
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$3" "$4"
mount -t proc proc "$4/proc"
mount --rbind /dev "$4/dev"
cat /etc/resolv.conf >"$4/etc/resolv.conf"
printf '#!/bin/sh\\nexit 101\\n' >"$4/usr/sbin/policy-rc.d"
chmod 755 "$4/usr/sbin/policy-rc.d"
export DEBIAN_FRONTEND=noninteractive
chroot "$4" apt-get update
# Fetched with our network, installed without: a server of ours would make PostgreSQL take another port.
echo 'APT::Get::Download-Only "true";' >"$4/etc/apt/apt.conf.d/99-fetch"
chroot "$4" /bin/sh -exc "$5"
rm "$4/etc/apt/apt.conf.d/99-fetch"
unshare --net chroot "$4" /bin/sh -exc "$5"
chroot "$4" apt-get clean
rm -rf "$4/usr/sbin/policy-rc.d" "$4/etc/resolv.conf" "$4"/var/lib/apt/lists/*
"""

_BOOT: Final = """
set -e
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$3" "$4"
ip link set lo up
cd "$4"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
for place in run tmp dev; do mount -t tmpfs -o mode=755 tmpfs $place; done
chmod 1777 tmp
mkdir dev/shm dev/pts
chmod 1777 dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
for device in null zero full random urandom tty; do
  touch dev/$device
  mount --bind /dev/$device dev/$device
done
mkdir -p root/release root/wheels
mount --bind "$5" root/release
mount -o remount,bind,ro root/release
mount --bind "$6" root/wheels
mount -o remount,bind,ro root/wheels
pivot_root . mnt
umount -l mnt
mount --make-rshared /
hostname machine
export container=streetwarden-test
exec /sbin/init
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A Debian release.

    Attributes:
        suite: its name.
        python: version of its Python.
    """

    suite: str
    python: str


TRIXIE: Final = Release(suite="trixie", python="3.13")
BOOKWORM: Final = Release(suite="bookworm", python="3.11")


def bare(release: Release) -> Path:
    """The bare root of a release: a freshly installed machine. Built once."""
    folder = CACHE / release.suite
    with _made_once(folder) as draft:
        if draft is not None:
            if shutil.which("mmdebstrap") is None:
                debian_root.install(["mmdebstrap"], log=CACHE / "apt.log")
            draft.rmdir()
            subprocess.run(
                [
                    *("mmdebstrap", "--quiet", "--variant=apt", f"--include={_PACKAGES}"),
                    *(f"--dpkgopt=path-exclude={path}" for path in _LEFT_OUT),
                    *("--aptopt=Apt::Install-Recommends false", release.suite, str(draft)),
                ],
                check=True,
                capture_output=True,
            )
    return folder


def with_packages(root: Path, script: str) -> list[Path]:
    """The bare root with the packages of a documented `apt-get install`; each is built once."""
    name = hashlib.sha256(f"{root.name}\n{script}".encode()).hexdigest()[:16]
    folder = CACHE / f"{root.name}-{name}"
    with _made_once(folder) as draft:
        if draft is not None:
            work, mount = draft.with_name(f"{draft.name}-work"), draft.with_name(f"{draft.name}-mount")
            for place in (work, mount):
                place.mkdir()
            command = ("unshare", "--mount", "--pid", "--fork", "bash", "-c", _LAYER, "layer")
            done = subprocess.run(
                [*command, *map(str, (root, draft, work, mount)), script],
                capture_output=True,
                text=True,
                check=False,
            )
            shutil.rmtree(work)
            mount.rmdir()
            assert done.returncode == 0, f"{script}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return [folder, root]


@contextlib.contextmanager
def _made_once(folder: Path) -> Iterator[Path | None]:
    """A draft of a folder that is not there yet, which becomes it in the end; None where it is there."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            yield None
            return
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=CACHE))
        draft.chmod(0o755)  # it becomes the root folder, for every user
        try:
            yield draft
            draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


class Machine:
    """A booted machine.

    Args:
        layers: its file system, the topmost first.
        folder: for its written files.
        release: the folder of the built release, mounted at `/root/release`.
        wheels: the wheels for pip, mounted at `/root/wheels`.
        network: another machine whose network it shares; None for a network of its own.
    """

    def __init__(
        self, layers: list[Path], folder: Path, *, release: Path, wheels: Path, network: Machine | None = None
    ) -> None:
        places = [folder / name for name in ("disk", "work", "mount")]
        for place in places:
            place.mkdir(parents=True)
        join = () if network is None else ("nsenter", f"--net=/proc/{network.init}/ns/net")
        namespaces = ("--mount", "--pid", "--cgroup", "--uts", "--ipc", "--fork", "--kill-child")
        alone = ("--net",) if network is None else ()
        lower = ":".join(map(str, layers))
        with (folder / "boot.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *(
                        "setpriv",
                        "--pdeathsig",
                        "KILL",
                        *join,
                        "unshare",
                        *namespaces,
                        *alone,
                        "bash",
                        "-c",
                        _BOOT,
                        "boot",
                        lower,
                    ),
                    *map(str, (*places, release, wheels)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self.log = ""
        end = time.monotonic() + _PATIENCE_S
        while not self._is_up():
            assert self._process.poll() is None, (folder / "boot.log").read_text()
            if time.monotonic() > end:
                jobs = self.run("systemctl list-jobs; systemctl --failed", may_fail=True).stdout
                self.stop()
                raise AssertionError(f"systemd does not come up: {jobs}")
            time.sleep(0.1)

    @property
    def init(self) -> int:
        """The host's process id of its first process."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return int(children[0])

    def path(self, name: str) -> Path:
        """The host's path of one of its files or folders."""
        return Path(f"/proc/{self.init}/root", name.lstrip("/"))

    def run(self, script: str, *, may_fail: bool = False) -> subprocess.CompletedProcess[str]:
        """Run a script as root, in the folder of the release; its first failing command ends it."""
        began = time.monotonic()
        environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LC_ALL": "C.UTF-8",
            "DEBIAN_FRONTEND": "noninteractive",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": "/root/wheels",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_COMPILE": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
        }
        done = subprocess.run(
            [
                *(
                    "nsenter",
                    f"--target={self.init}",
                    "--mount",
                    "--pid",
                    "--uts",
                    "--ipc",
                    "--net",
                    "--cgroup",
                ),
                *("--root", "--wd", "bash", "-euo", "pipefail", "-c", f"cd /root/release\n{script}"),
            ],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.log += f"$ {script}\n{done.stdout}[{time.monotonic() - began:.1f} s]\n"
        if done.returncode != 0 and not may_fail:
            raise AssertionError(f"{script}\n{done.stdout}\n(status {done.returncode})")
        return done

    def wait(self, script: str, *, within_s: float = 30.0) -> str:
        """Run a script repeatedly until it succeeds; returns its output."""
        end = time.monotonic() + within_s
        while True:
            done = self.run(script, may_fail=True)
            if done.returncode == 0:
                return done.stdout
            if time.monotonic() > end:
                journal = self.run("journalctl --no-pager --lines=40", may_fail=True).stdout
                raise AssertionError(f"{script}\n{done.stdout}\n{journal}")
            time.sleep(0.2)

    def stop(self) -> None:
        """Kill it, as in a power cut."""
        self._process.kill()
        self._process.wait()

    def _is_up(self) -> bool:
        with contextlib.suppress(OSError, IndexError, AssertionError):
            state = self.run("systemctl is-system-running", may_fail=True).stdout
            self.log = ""
            return state.strip() in ("running", "degraded")
        return False


def architecture() -> str:
    """This machine's, as wheels name it."""
    return os.uname().machine
