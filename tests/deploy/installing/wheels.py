"""The wheels that a role needs on another Python than ours, fetched once by this machine's pip."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.markers import Marker

from tests.deploy.installing.machine import CACHE, architecture

_STANZA = re.compile(r"^(?P<pin>[a-z0-9-]+==[^ ;\\]+)(?: ; (?P<marker>[^\\]+))? \\$")


def fetch(lock: str, python: str) -> Path:
    """The folder with all wheels of a lock for a Python.

    pip evaluates markers for the Python that it runs on, so they are evaluated here.
    """
    text = settled(lock, python)
    folder = CACHE / f"wheels-{hashlib.sha256(f'{python}{text}'.encode()).hexdigest()[:16]}"
    if folder.exists():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".wheels-", dir=CACHE))
    (draft / "lock.txt").write_text(text, encoding="utf-8")
    glibc = [f"manylinux_2_{minor}_{architecture()}" for minor in range(5, 42)]
    tags = [f"{name}_{architecture()}" for name in ("manylinux1", "manylinux2010", "manylinux2014", "linux")]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"),
            *("--only-binary=:all:", "--implementation=cp", f"--python-version={python}"),
            *(f"--platform={tag}" for tag in (*glibc, *tags)),
            *("--dest", str(draft), "--requirement", str(draft / "lock.txt")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    draft.chmod(0o755)
    try:
        draft.rename(folder)
    except OSError:  # another process was first
        shutil.rmtree(draft)
    return folder


def settled(lock: str, python: str) -> str:
    """The lines of a lock that apply to a Python on this kind of machine, without markers."""
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    kept, on = [], False
    for line in lock.splitlines():
        found = _STANZA.match(line)
        if found:
            on = found["marker"] is None or Marker(found["marker"]).evaluate(environment)
        if on and not line.startswith("#"):
            kept.append(f"{found['pin']} \\" if found else line)
    return "\n".join(kept) + "\n"
