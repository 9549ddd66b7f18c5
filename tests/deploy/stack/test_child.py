"""A program of the stack ends on request or with the stack, together with its children."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from deploy.stack import unprivileged
from deploy.stack.child import Child

FAMILY = """
import subprocess, sys, time
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("started", flush=True)
time.sleep(600)
"""
POLITE = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit("bye"))
print("started", flush=True)
signal.pause()
"""
OWNER = """
import sys, time
from pathlib import Path
from deploy.stack.child import Child
Child("family", (sys.executable, "-c", sys.argv[2]), log=Path(sys.argv[1])).start()
time.sleep(600)
"""


def eventually(condition: Callable[[], bool], *, within_s: float = 20) -> None:
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def has_started(log: Path) -> bool:
    return log.exists() and "started" in log.read_text()


def below(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def test_a_child_stops_on_request(tmp_path: Path) -> None:
    child = Child("program", (sys.executable, "-c", POLITE), log=tmp_path / "log")
    child.start()
    eventually(lambda: has_started(child.log))
    child.stop()
    assert not child.is_running()
    assert child.last_line() == "bye"


def test_one_that_will_not_end_is_killed_with_its_workers(tmp_path: Path) -> None:
    code = f"import signal; signal.signal(15, signal.SIG_IGN)\n{FAMILY}"
    child = Child("program", (sys.executable, "-c", code), log=tmp_path / "log")
    child.start()
    eventually(lambda: has_started(child.log))
    own = [
        process for process in psutil.Process().children(recursive=True) if "sleep" in str(process.cmdline())
    ]
    assert len(own) >= 2
    child.stop(patience_s=0.2)
    assert psutil.wait_procs(own, timeout=10)[1] == []


def test_no_process_is_left_when_the_stack_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(log), FAMILY])
    eventually(lambda: has_started(log))
    family = below(owner.pid)
    owner.kill()
    owner.wait()
    assert len(family) >= 2
    assert psutil.wait_procs(family, timeout=20)[1] == []


def test_the_childs_environment_overrides_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREETWARDEN_TRIAL", "ours")
    code = "import os; print(os.environ['STREETWARDEN_TRIAL'])"
    child = Child(
        "program",
        (sys.executable, "-c", code),
        log=tmp_path / "log",
        environment={"STREETWARDEN_TRIAL": "its"},
    )
    child.start()
    eventually(lambda: not child.is_running())
    assert child.status() == 0
    assert child.last_line() == "its"


def test_output_lines_are_passed_on_as_they_arrive(tmp_path: Path) -> None:
    told: list[str] = []
    child = Child(
        "program",
        (sys.executable, "-c", "print('one'); print('two')"),
        log=tmp_path / "log",
        tell=told.append,
    )
    child.start()
    eventually(lambda: not child.is_running())
    child.finish_listening()
    assert told == ["one", "two"]
    assert child.log.read_text() == "one\ntwo\n"


NOBODY = """
import json, os, sys
from pathlib import Path
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
def tries(path):
    try:
        return Path(path).read_text()
    except OSError as error:
        return type(error).__name__
import deploy.stack.child  # our own code can be read
Path(sys.argv[1], "made").write_text("mine")
print(json.dumps({
    "ids": [os.getuid(), os.geteuid(), os.getgid(), os.getgroups()],
    "capabilities": [status[name].strip() for name in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb")],
    "no_new_privileges": status["NoNewPrivs"].strip(),
    "given": tries(Path(sys.argv[1], "given")), "secret": tries(sys.argv[2]), "beside": tries(sys.argv[3]),
    "shadow": tries("/etc/shadow"),
}))
"""


@pytest.mark.parametrize("within_another_need", [False, True])
def test_a_program_of_ours_is_nobody_and_sees_of_a_closed_folder_only_what_it_needs(
    tmp_path: Path, *, within_another_need: bool
) -> None:
    chosen = unprivileged.users()
    assert chosen is not None, "as root"
    user = chosen["edge"]
    closed = tmp_path / "closed like root's home"
    own, secret, beside = closed / "stack" / "own", closed / "stack" / "secret", closed / "beside"
    own.mkdir(parents=True)
    closed.chmod(0o700)
    (own / "given").write_text("to it")
    unprivileged.give(own, user, mode=0o700)
    secret.write_text("root's")
    secret.chmod(0o600)
    beside.write_text("anybody's, were it to be reached")
    child = Child(
        "nobody",
        (sys.executable, "-P", "-c", NOBODY, str(own), str(secret), str(beside)),
        log=tmp_path / "log",
        user=user,
        needs=(own, tmp_path) if within_another_need else (own,),
    )
    child.start()
    eventually(lambda: not child.is_running())
    found = json.loads(child.last_line())
    assert found["ids"] == [user.uid, user.uid, user.gid, []]
    assert set(found["capabilities"]) == {"0" * 16}
    assert found["no_new_privileges"] == "1"
    assert found["given"] == "to it"
    assert (found["secret"], found["beside"], found["shadow"]) == (
        "FileNotFoundError",
        "FileNotFoundError",
        "PermissionError",
    )
    assert (own / "made").stat().st_uid == user.uid
    assert beside.read_text()  # the machine's own view is as it was


def test_a_checkout_that_others_cannot_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert unprivileged.unreadable() is None
    (package := tmp_path / "ingest").mkdir()
    (file := package / "__init__.py").touch(mode=0o600)
    tmp_path.chmod(0o755)
    monkeypatch.setattr(unprivileged, "_TOP", tmp_path)
    assert unprivileged.unreadable() == (
        f"{file} cannot be read by others (was the umask 077?); run chmod -R o+rX {tmp_path}"
    )
