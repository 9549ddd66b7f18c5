"""The Debian 13 root with our servers: a folder, or this machine if it is Debian 13 itself.

Debian 12 has no package of TimescaleDB. `mmdebstrap` creates a Debian 13 root, completely or not at all, in
less than a minute on an idle machine. The servers run in it by chroot; the machine's own packages do not
change.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.errors import DeployError

SUITE: Final = "trixie"
OLDEST_DEBIAN: Final = 13
PACKAGES: Final = (
    "binutils",
    "ca-certificates",
    "libc6-dev",  # with these and tcc the broker's plugin is compiled, in a blink, at each start
    "libmosquitto-dev",
    "mosquitto",
    "mosquitto-clients",
    "mosquitto-dev",
    "postgresql-17",
    "postgresql-17-postgis-3",
    "postgresql-17-timescaledb",
    "prometheus",
    "prometheus-alertmanager",
    "tcc",
)
_LEFT_OUT: Final = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
_NAMESPACE_TRIAL: Final = ("unshare", "--mount", "--pid", "--ipc", "--fork", "true")
_DOCKER_INSTEAD: Final = "use Docker, as in docs/installation.md#docker"


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The location of the servers' programs.

    Attributes:
        root: the root of their file system; `/` means this machine.
    """

    root: Path

    @property
    def is_this_machine(self) -> bool:
        """Whether the servers are installed on this machine itself."""
        return self.root == Path("/")

    def lacks(self) -> list[str]:
        """Our packages that are not installed in it, according to dpkg."""
        installed = _installed(self.root)
        return [name for name in PACKAGES if name not in installed]


def this_machine(release: Mapping[str, str]) -> bool:
    """Whether a machine with this `os-release` can install our packages itself: Debian 13 or newer."""
    version = release.get("VERSION_ID", "")
    return release.get("ID") == "debian" and version.isdigit() and int(version) >= OLDEST_DEBIAN


def os_release(file: Path = Path("/etc/os-release")) -> dict[str, str]:
    """The content of `os-release`; empty if there is none."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {key: value.strip("\"'") for key, _, value in pairs}


def find(folder: Path) -> System:
    """The system to use, existing or not: this machine if it is Debian 13 or newer, else the folder."""
    return System(root=Path("/") if this_machine(os_release()) else folder)


def refusal() -> str | None:
    """Why servers cannot run on this machine, with the remedy; None if they can."""
    if not (shutil.which("apt-get") and os_release().get("ID") == "debian"):
        return f"this machine is not Debian, so the servers cannot be installed here; {_DOCKER_INSTEAD}"
    if os.geteuid() != 0:
        return (
            "the servers run in a private namespace, which needs root; run it as root, or give servers of "
            f"your own in STREETWARDEN_DATABASE_URL and STREETWARDEN_MQTT_URL, or {_DOCKER_INSTEAD}"
        )
    if subprocess.run(_NAMESPACE_TRIAL, capture_output=True, check=False).returncode != 0:
        return (
            "this machine lets not even root make namespaces, as containers do, so the servers cannot be "
            "confined here; run it on the machine itself or with more rights (docker run --privileged), or "
            f"{_DOCKER_INSTEAD}"
        )
    return None


def make(folder: Path, *, tell: Callable[[str], None], log: Path) -> System:
    """Install what is missing.

    Args:
        folder: for the Debian 13 root, if this machine is not Debian 13.
        tell: takes a line of progress.
        log: takes the output of apt and mmdebstrap.

    Raises:
        DeployError: this machine cannot run the servers, or a package cannot be installed.
    """
    system = find(folder)
    if not system.lacks():
        return system
    refused = refusal()
    if refused is not None:
        raise DeployError(refused)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever comes second finds it made
        return _make(system, folder, tell=tell, log=log)


def _make(system: System, folder: Path, *, tell: Callable[[str], None], log: Path) -> System:
    lacking = system.lacks()
    if not lacking:
        return system
    if system.is_this_machine:
        tell(f"installing {', '.join(lacking)}")
        install(lacking, log=log)
        return system
    if _installed(folder):
        tell(f"adding {', '.join(lacking)} to {folder.name}")
        if _add(lacking, folder, log):
            return system
    if shutil.which("mmdebstrap") is None:
        tell("installing mmdebstrap")
        install(["mmdebstrap"], log=log)
    tell(f"making Debian 13 in {folder.name}, once, for {', '.join(PACKAGES)}")
    _bootstrap(folder, log)
    return system


def install(packages: list[str], *, log: Path) -> None:
    """Install packages on this machine; services that come with them are not started.

    Raises:
        DeployError: apt refuses.
    """
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    wait = ("-o", "DPkg::Lock::Timeout=300")  # for another user of apt
    command = ["apt-get", *wait, "install", "--yes", "--no-install-recommends", *packages]
    with log.open("ab") as out:
        if subprocess.run(command, env=environment, stdout=out, stderr=out, check=False).returncode == 0:
            return
        subprocess.run(["apt-get", "update"], env=environment, stdout=out, stderr=out, check=False)
        if subprocess.run(command, env=environment, stdout=out, stderr=out, check=False).returncode != 0:
            raise DeployError(
                f"apt-get could not install {' '.join(packages)}; see {log}, then run: {' '.join(command)}"
            )


_APT_INSIDE: Final = """
set -e
cd "$1"
mount -t proc none proc
mount --rbind /dev dev
mount -t tmpfs none tmp
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 PATH=/usr/sbin:/usr/bin:/sbin:/bin
shift
chroot . dpkg --configure -a
chroot . apt-get -q update
chroot . apt-get -q --yes --no-install-recommends install "$@"
"""


def _add(packages: list[str], folder: Path, log: Path) -> bool:
    """Add packages to a root that an older release made; servers that run from it continue."""
    command = [
        *("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child"),
        *("sh", "-c", _APT_INSIDE, "apt", str(folder), *packages),
    ]
    with log.open("ab") as out:
        done = subprocess.run(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, check=False)
    return done.returncode == 0 and not System(root=folder).lacks()


def _bootstrap(folder: Path, log: Path) -> None:
    for leftover in folder.parent.glob(f".{folder.name}-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    command = [
        *("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child"),
        *("mmdebstrap", "--quiet", "--variant=apt", f"--include={','.join(PACKAGES)}"),
        *(f"--dpkgopt=path-exclude={path}" for path in _LEFT_OUT),
        *("--aptopt=Apt::Install-Recommends false", SUITE, str(draft)),
    ]
    try:
        with log.open("ab") as out:
            done = subprocess.run(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, check=False)
        if done.returncode != 0 or System(root=draft).lacks():
            raise DeployError(
                f"mmdebstrap could not make Debian 13; see {log}, and check this machine's network"
            )
        draft.chmod(0o755)
        if folder.exists():  # nothing could be added to it
            folder.rename(draft.parent / f"{draft.name}-old")
        draft.rename(folder)
    finally:
        for leftover in folder.parent.glob(f"{draft.name}*"):
            shutil.rmtree(leftover, ignore_errors=True)


def _installed(root: Path) -> set[str]:
    """Names of the installed packages of a system."""
    try:
        status = (root / "var/lib/dpkg/status").read_text(encoding="utf-8")
    except OSError:
        return set()
    found = set()
    for stanza in status.split("\n\n"):
        if "\nStatus: install ok installed" in stanza:
            found.add(stanza.partition("\n")[0].removeprefix("Package: "))
    return found


def _say(line: str) -> None:
    print(f"servers: {line}", flush=True)  # noqa: T201


def main(arguments: list[str]) -> int:
    """`python -m deploy.debian_root make FOLDER LOG`, or `… check`; needs nothing but Python itself."""
    match arguments:
        case ["make", folder, log]:
            Path(log).parent.mkdir(parents=True, exist_ok=True)
            try:
                make(Path(folder).absolute(), tell=_say, log=Path(log).absolute())
            except DeployError as error:
                wrong: str | None = str(error)
            else:
                wrong = None
        case ["check"]:
            wrong = refusal()
        case _:
            wrong = "say `make FOLDER LOG` or `check`"
    if wrong is not None:
        print(f"streetwarden: {wrong}", file=sys.stderr)  # noqa: T201
    return int(wrong is not None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
