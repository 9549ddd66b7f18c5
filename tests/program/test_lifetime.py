"""A program ends cleanly on a signal, and with the cause when a task of it fails."""

import asyncio
import os
import signal

import pytest

from program.errors import ProgramError
from program.lifetime import run, run_until_stopped


async def forever() -> None:
    await asyncio.Event().wait()


async def test_a_signal_finishes_work_in_flight_before_the_tasks_end() -> None:
    order: list[str] = []

    async def works() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            await forever()
        finally:
            order.append("task ended")

    async def finish() -> None:
        order.append("finished")

    await run_until_stopped({"works": works}, on_stop=finish)
    assert order == ["finished", "task ended"]


async def test_the_first_failure_stops_all_and_is_the_programs_failure() -> None:
    ended = asyncio.Event()

    async def waits() -> None:
        try:
            await forever()
        finally:
            ended.set()

    async def fails() -> None:
        raise ProgramError("the disk is full; free some room")

    with pytest.raises(ProgramError, match="disk is full"):
        await run_until_stopped({"waits": waits, "fails": fails})
    assert ended.is_set()


def test_a_program_error_is_one_sentence_and_status_one(capsys: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        raise ProgramError("no broker at mqtt://127.0.0.1:1; start one")

    assert run(main) == 1
    assert capsys.readouterr().err == "streetwarden: no broker at mqtt://127.0.0.1:1; start one\n"
