"""One run of the load through a contender."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from dataclasses import dataclass

from bench.contenders import Contender, Servers, wait_until_settled
from bench.stand import Stand, server_cpu_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """The result of a run.

    Attributes:
        took_s: from the start of the load until its last message was in the database.
        load_cpu_s: processor seconds of the load generator.
    """

    took_s: float
    load_cpu_s: float


async def send(
    servers: Servers,
    contender: Contender,
    messages: int,
    *,
    vehicles: int,
    fixes: int = 1,
    rate: int | None = None,
) -> Ran:
    """Start the load, and wait until everything is in the database.

    Args:
        servers: with the broker of the load.
        contender: stores the messages; it is running.
        messages: their number.
        vehicles: the number of senders, in turn.
        fixes: in each message.
        rate: live messages a second; None sends prepared ones as fast as the broker accepts them.
    """
    target = contender.settled() + messages
    arguments = ["--url", servers.broker_url, "--messages", str(messages), "--vehicles", str(vehicles)]
    arguments += ["--fixes", str(fixes), "--start", str(time.time() - 600)]
    arguments += ["--rate", str(rate)] if rate is not None else []
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.load", *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if await process.stdout.readline() != b"ready\n":
            raise RuntimeError("the load generator did not start; its last lines above say why")
        process.stdin.write(b"\n")
        began = time.perf_counter()
        # Asking the contender costs it something: not before the broker has everything.
        acknowledged = (await process.stdout.readline()).split()
        if acknowledged[:1] != [b"acknowledged"]:
            raise RuntimeError("the load generator gave up; its last lines above say why")
        took_s = await wait_until_settled(contender, target, began)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
    return Ran(took_s=took_s, load_cpu_s=float(acknowledged[1]))


def total_cpu(own: Stand | None) -> dict[str, float]:
    """Processor seconds of the servers, by name; empty if they are not ours."""
    if own is None:
        return {}
    return {"broker": server_cpu_s(own.broker), "database": server_cpu_s(own.database)}
