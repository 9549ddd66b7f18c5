"""Finds and runs PostgreSQL's pg_dump and pg_restore."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from deploy.backup.errors import BackupError

_DEBIAN: Final = Path("usr/lib/postgresql")
_PIECE: Final = 1024 * 1024
_SAID: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One of the two programs.

    Attributes:
        command: how to run it.
        version: the major version.
    """

    command: tuple[str, ...]
    version: int


def find(name: str, *, server: int, system: Path | None = None) -> Client:
    """The newest `name` on this machine that supports a server of this major version.

    Args:
        name: `pg_dump` or `pg_restore`.
        server: the server's major version.
        system: a Debian root that may contain it, as the stack's does; needs root.

    Raises:
        BackupError: it is not installed, or older than the server.
    """
    known = [client for command in _candidates(name, system) if (client := _ask(command)) is not None]
    fitting = [client for client in known if client.version >= server]
    if fitting:
        return max(fitting, key=lambda client: client.version)
    install = f"install postgresql-client-{server} (Debian 13 has it), or put its {name} on the PATH"
    if known:
        newest = max(client.version for client in known)
        raise BackupError(f"{name} is version {newest} and the server is PostgreSQL {server}; {install}")
    raise BackupError(f"{name} is not installed here; {install}")


def _candidates(name: str, system: Path | None) -> Iterator[tuple[str, ...]]:
    if system is not None and system != Path("/") and os.geteuid() == 0:
        for path in sorted((system / _DEBIAN).glob(f"*/bin/{name}")):
            yield ("chroot", str(system), f"/{path.relative_to(system)}")
    for path in sorted((Path("/") / _DEBIAN).glob(f"*/bin/{name}")):
        yield (str(path),)
    if shutil.which(name):
        yield (name,)


def _ask(command: tuple[str, ...]) -> Client | None:
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\) (\d+)", done.stdout)
    return Client(command=command, version=int(found[1])) if done.returncode == 0 and found else None


async def output(client: Client, arguments: Sequence[str], *, url: str) -> AsyncIterator[bytes]:
    """The standard output of a client, in pieces.

    Args:
        client: pg_dump.
        arguments: in addition to those of the connection.
        url: the database; its password goes into the environment, where other users cannot see it.

    Raises:
        BackupError: it failed; with its own words.
    """
    process = await _start(client, [*arguments, f"--dbname={_without(url)}"], url=url)
    words = asyncio.create_task(_words(process))
    try:
        assert process.stdout is not None
        while piece := await process.stdout.read(_PIECE):
            yield piece
        await _end(process, client, words)
    finally:
        await _stop(process, words)


async def feed(
    client: Client, arguments: Sequence[str], pieces: AsyncIterator[bytes], *, url: str | None = None
) -> str:
    """Send a client its standard input; returns its output.

    All pieces are read, even if the client stops reading, because the check of the pieces is at their end.

    Raises:
        BackupError: it failed; the text contains its error message.
    """
    target = [] if url is None else [f"--dbname={_without(url)}"]
    process = await _start(client, [*arguments, *target], url=url)
    words = asyncio.create_task(_words(process))
    assert process.stdout is not None
    said = asyncio.create_task(process.stdout.read())
    try:
        assert process.stdin is not None
        open_ = True
        async for piece in pieces:
            if open_:
                try:
                    process.stdin.write(piece)
                    await process.stdin.drain()
                except (BrokenPipeError, ConnectionResetError):
                    open_ = False
        process.stdin.close()
        text = (await said).decode(errors="replace")
        await _end(process, client, words)
        return text
    finally:
        said.cancel()
        await _stop(process, words)


async def _start(client: Client, arguments: Sequence[str], *, url: str | None) -> Process:
    environment = {**os.environ, "PGTZ": "UTC", "LC_ALL": "C"}
    if url is not None:
        password = urlsplit(url).password
        if password is not None:
            environment["PGPASSWORD"] = unquote(password)
    return await asyncio.create_subprocess_exec(
        *client.command, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment
    )


async def _words(process: Process) -> bytes:
    """Reads its standard error; keeps the last part."""
    assert process.stderr is not None
    kept = b""
    while piece := await process.stderr.read(4096):
        kept = (kept + piece)[-_SAID:]
    return kept


async def _end(process: Process, client: Client, words: asyncio.Task[bytes]) -> None:
    said = (await words).decode(errors="replace")
    if await process.wait() != 0:
        lines = [line for line in said.splitlines() if "error" in line.lower()] or said.splitlines() or ["?"]
        raise BackupError(
            f"{Path(client.command[-1]).name} failed ({lines[0].strip()}); correct that and try again"
        )


async def _stop(process: Process, words: asyncio.Task[bytes]) -> None:
    """End it, whatever its state."""
    if process.returncode is None:
        process.kill()
        await process.wait()
    words.cancel()


def _without(url: str) -> str:
    """The URL without its password; the query stays, because it may name certificates."""
    parts = urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{login.split(':')[0]}{at}{host}"))
