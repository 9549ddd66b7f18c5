"""Reads a file from outside in a process of its own, with limits of memory, time and output.

Files lie: a workbook of some kilobytes can claim a sheet of 17 billion cells, and a zip can hold a thousand
times its size. The libraries that read them allocate before anybody can count.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from dataclasses import dataclass
from typing import Final

import msgspec

from cases import CaseError

FORMATS: Final = ("csv", "xlsx", "geojson", "shapefile")
LON_COLUMNS: Final = ("lon", "lng", "longitude", "经度", "x")
LAT_COLUMNS: Final = ("lat", "latitude", "纬度", "y")
PLACE_COLUMNS: Final = frozenset(LON_COLUMNS + LAT_COLUMNS)
"""Names of the columns with a place, in lower case."""

MAX_BYTES: Final = 32 * 1024 * 1024
MEMORY_BYTES: Final = 1536 * 1024 * 1024
SECONDS: Final = 60
_MAX_OUTPUT: Final = 128 * 1024 * 1024


class ImportFileError(CaseError):
    """A file cannot be imported at all; the text says why, and what to do."""


class How(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is to be read.

    Attributes:
        format: one of `FORMATS`; a shapefile is a zip with its parts.
        crs: the projection of its coordinates as `EPSG:number`; None for what the file says, else WGS-84.
        datum: `wgs84`, `gcj02` or `bd09`: how Chinese maps shift coordinates in degrees.
        sheet: of a workbook; None for the first.
    """

    format: str
    crs: str | None = None
    datum: str = "wgs84"
    sheet: str | None = None


class ReadRow(msgspec.Struct, frozen=True, array_like=True):
    """A row: its number as people count (the head of a table is row 1), its cells, and its place.

    Attributes:
        place: longitude and latitude, WGS-84; None without a place.
        fault: why its place cannot be used.
    """

    number: int
    cells: list[str]
    place: tuple[float, float] | None = None
    fault: str | None = None


class Sheet(msgspec.Struct, frozen=True):
    """The content of a file: the names of the columns, and the rows."""

    head: list[str]
    rows: list[ReadRow]


@dataclass(frozen=True, slots=True)
class _Output:
    text: bytes
    cut: bool


async def read_file(data: bytes, how: How) -> Sheet:
    """Read a file.

    Raises:
        ImportFileError: it is too large, or cannot be read; the text says why.
    """
    if len(data) > MAX_BYTES:
        raise ImportFileError(f"the file is larger than {MAX_BYTES // 2**20} MiB; import it in parts")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "casework.exchange.imports.reader", msgspec.json.encode(how).decode(),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(SECONDS):
            _, output = await asyncio.gather(_feed(process, data), _collect(process))
            status = await process.wait()
    except TimeoutError:
        raise ImportFileError(f"the file could not be read within {SECONDS} s; import it in parts") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if output.cut or status not in {0, 3}:
        raise ImportFileError(
            "the file needs too much memory to be read; its cells or parts are far larger than the file"
        )
    if status == 3:  # noqa: PLR2004 (the reader's sentence)
        raise ImportFileError(output.text.decode(errors="replace"))
    return msgspec.json.decode(output.text, type=Sheet)


async def _feed(process: asyncio.subprocess.Process, data: bytes) -> None:
    assert process.stdin is not None
    with contextlib.suppress(ConnectionError):  # it refused the file before its end
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()


async def _collect(process: asyncio.subprocess.Process) -> _Output:
    assert process.stdout is not None
    parts: list[bytes] = []
    size = 0
    while part := await process.stdout.read(1 << 20):
        size += len(part)
        if size > _MAX_OUTPUT:
            process.kill()
            return _Output(b"", cut=True)
        parts.append(part)
    return _Output(b"".join(parts), cut=False)
