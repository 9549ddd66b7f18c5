"""Runs a program's named tasks until a signal, or until one fails: its error then ends the program."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping

from program import logs
from program.errors import ProgramError
from program.redaction import redacted

log = logging.getLogger(__name__)


async def run_until_stopped(
    tasks: Mapping[str, Callable[[], Coroutine[None, None, None]]],
    *,
    on_stop: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Run all tasks until SIGINT, SIGTERM, or the first of them ends.

    Args:
        tasks: by the name that the log and the task have.
        on_stop: awaited after a signal and before the tasks are cancelled, to finish work in flight.

    Raises:
        ProgramError: or any other error of a task; the first one that failed is the cause.
    """
    stop = asyncio.Event()
    received: list[signal.Signals] = []
    loop = asyncio.get_running_loop()

    def take(number: signal.Signals) -> None:
        if not received:
            log.info("stopping on %s", number.name)
        received.append(number)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, take, number)
    waiter = asyncio.create_task(stop.wait(), name="signal")
    running = {asyncio.create_task(make(), name=name) for name, make in tasks.items()}
    try:
        done, _ = await asyncio.wait({waiter, *running}, return_when=asyncio.FIRST_COMPLETED)
        if waiter in done and on_stop is not None:
            await on_stop()
    finally:
        for task in (waiter, *running):
            task.cancel()
        await asyncio.gather(waiter, *running, return_exceptions=True)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
    for task in done - {waiter}:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task %s failed: %s", task.get_name(), error)
            raise error
    if received:
        log.info("stopped on %s", received[0].name)
    else:
        log.warning("stopped: a task ended")


def run(
    main: Callable[[], Coroutine[None, None, None]],
    *,
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> int:
    """Run a program's main coroutine and return its exit status.

    A `ProgramError` becomes its sentence and status 1: in the log if that is set up, else on stderr. Any
    other error is a defect: its traceback is logged, and the last line repeats the error.
    """
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(main())
    except ProgramError as error:
        if logs.is_set_up():
            log.critical("stopped: %s", error)
        else:
            sys.stderr.write(f"streetwarden: {redacted(str(error))}\n")
        return 1
    except Exception as error:
        if not logs.is_set_up():
            raise
        log.critical("a defect", exc_info=error)
        kind = type(error).__name__
        log.critical("stopped: a defect (%s: %s); please report it with the line before", kind, error)
        return 1
    return 0
