"""The log has one line for each entry, in UTC, for any message; its last line has the reason for the end."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from program import logs
from program.errors import ProgramError
from program.lifetime import run, run_until_stopped
from program.logs import one_line

NASTY = "a name\n2026-11-30T00:00:00.000Z INFO    center all is well\r\x1b[2J\u2028\x00"
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


@pytest.fixture
def root() -> Iterator[None]:
    """The root logger as it was, afterwards."""
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    hook = sys.excepthook
    yield
    logger.handlers[:], sys.excepthook = handlers, hook
    logger.setLevel(level)
    logging.captureWarnings(capture=False)


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def defect() -> None:
    try:
        int(NASTY)
    except ValueError:
        logging.getLogger("test").exception("it failed")


@pytest.mark.usefixtures("root")
def test_text_is_one_line_an_entry_with_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("center")
    logging.getLogger("test").warning("hello %s", NASTY)
    defect()
    hello, failed = said(capsys)
    assert re.fullmatch(STAMP + r" WARNING center hello a name\\n2026.*\\r\\x1b\[2J\\u2028\\x00", hello)
    assert re.match(
        STAMP + r" ERROR   center it failed \| Traceback \(most recent call last\):\\n  File", failed
    )


@pytest.mark.usefixtures("root")
def test_json_is_an_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("center", form="json")
    logging.getLogger("test").warning("hello %s", NASTY)
    defect()
    hello, failed = map(json.loads, said(capsys))
    assert hello["message"] == f"hello {NASTY}"
    assert re.fullmatch(STAMP, hello.pop("time"))
    assert {key: hello[key] for key in ("level", "program", "logger")} == {
        "level": "WARNING", "program": "center", "logger": "test",
    }  # fmt: skip
    assert failed["trace"].startswith("Traceback")


@pytest.mark.usefixtures("root")
def test_lines_name_the_request_that_caused_them(capsys: pytest.CaptureFixture[str]) -> None:
    token = logs.request_id.set("4f1c2d3e")
    try:
        logs.set_up("center")
        logging.getLogger("test").warning("hello")
        logs.set_up("center", form="json")
        logging.getLogger("test").warning("hello")
    finally:
        logs.request_id.reset(token)
    text, line = said(capsys)
    assert text.endswith(" WARNING center [4f1c2d3e] hello")
    assert json.loads(line)["request_id"] == "4f1c2d3e"


def test_times_are_utc_whatever_the_machine_is_set_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        assert logs.when(1_796_000_000.1239) == "2026-11-30T00:53:20.123Z"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_lone_surrogates_and_other_scripts_stay_what_they_are() -> None:
    assert one_line("井盖\n\udc80") == "井盖\\n\udc80"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.usefixtures("root")
def test_the_last_line_names_the_signal(number: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("center")

    async def works() -> None:
        os.kill(os.getpid(), number)
        await asyncio.Event().wait()

    assert run(lambda: run_until_stopped({"works": works})) == 0
    assert [line.partition(" center ")[2] for line in said(capsys)] == [
        f"stopping on {number.name}", f"stopped on {number.name}",
    ]  # fmt: skip


@pytest.mark.usefixtures("root")
def test_the_last_line_names_the_error(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("center", form="json")

    async def fails() -> None:
        raise ProgramError("the disk is full; free some room")

    assert run(lambda: run_until_stopped({"fails": fails})) == 1
    assert json.loads(said(capsys)[-1])["message"] == "stopped: the disk is full; free some room"


DEFECT = """
from program import logs
from program.lifetime import run
async def main():
    logs.set_up("center", form="json")
    raise KeyError("password=hunter2\\n")
raise SystemExit(run(main))
"""


def test_a_defect_ends_with_a_line_of_its_own_and_status_one() -> None:
    done = subprocess.run([sys.executable, "-c", DEFECT], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    trace, last = map(json.loads, done.stderr.splitlines())
    assert "Traceback" in trace["trace"]
    assert last["message"].startswith("stopped: a defect (KeyError: ")
