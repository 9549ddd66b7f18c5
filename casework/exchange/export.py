"""Exports the cases and events of a period as files, with a manifest that is written last.

Rows are read in one snapshot and written to temporary files, so that memory does not grow with the period.
"""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Final, Self
from urllib.parse import unquote, urlsplit

import msgspec
import obstore
import xlsxwriter  # type: ignore[import-untyped]
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from cases import CaseError
from casework.exchange.feed import TOLD
from program.redaction import public_address, redacted
from store.connection import Connection
from store.queries import load

_SQL = load("exchange")

FORMATS: Final = ("csv", "geojson", "xlsx")
MANIFEST: Final = "manifest.json"
EVENT_COLUMNS: Final = ("number", "sequence", "at", "action", "actor", "note")

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_MAX_XLSX_ROWS: Final = 1_048_575
_LONGEST_CELL: Final = 32_767
_AT_ONCE: Final = 1000
_CHUNK: Final = 1 << 20


class ExportError(CaseError):
    """An export failed; the text says why, and what to do."""


class ExportedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an export."""

    name: str
    rows: int
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an export contains; without it, an export is not complete.

    Attributes:
        begin: of the period; `end` is not part of it.
        feed_position: of the newest change in the snapshot.
    """

    format: int = 1
    begin: datetime
    end: datetime
    made_at: datetime
    feed_position: int
    files: list[ExportedFile]


class ExportStore:
    """A folder, or object storage.

    Args:
        url: a path, `file:///folder`, or a URL that obstore knows, such as `s3://bucket/prefix`.

    Raises:
        ExportError: it cannot be used.
    """

    def __init__(self, url: str) -> None:
        self.shown = public_address(url)
        parts = urlsplit(url)
        try:
            if parts.scheme in {"", "file"}:
                folder = Path(unquote(parts.path) if parts.scheme else url)
                self._objects: ObjectStore = LocalStore(folder.absolute(), mkdir=True)
            else:
                self._objects = from_url(url)
        except (BaseError, OSError, ValueError) as error:
            raise ExportError(f"{self.shown} cannot be used ({redacted(str(error))})") from None

    async def has(self, path: str) -> bool:
        """Whether there is a file.

        Raises:
            ExportError: the storage does not answer.
        """
        try:
            await obstore.head_async(self._objects, path)
        except (NotFoundError, FileNotFoundError):
            return False
        except (BaseError, OSError) as error:
            raise self._failed(path, error) from None
        return True

    async def put(self, path: str, content: IO[bytes] | bytes) -> None:
        """Write a file whole; one of that name is replaced.

        Raises:
            ExportError: it cannot be written.
        """
        try:
            await obstore.put_async(self._objects, path, content)
        except (BaseError, OSError) as error:
            raise self._failed(path, error) from None

    def _failed(self, path: str, error: Exception) -> ExportError:
        return ExportError(f"{path} in {self.shown} failed ({redacted(str(error))}); look at the storage")


def folder_of(begin: datetime, end: datetime, zone: Any) -> str:
    """The folder of a period: its first day and the day after its last, in the city's time."""
    return f"cases-{begin.astimezone(zone):%Y%m%d}-{end.astimezone(zone):%Y%m%d}"


async def export_period(
    connection: Connection,
    store: ExportStore,
    folder: str,
    *,
    begin: datetime,
    end: datetime,
    formats: Sequence[str],
    at: datetime,
) -> Manifest:
    """Write the events of a period, and the cases with events in it, as they are now.

    Args:
        connection: not in a transaction.
        store: takes the files.
        folder: in it.
        begin: of the period.
        end: not part of it.
        formats: of `FORMATS`; `geojson` has cases only.
        at: now.

    Raises:
        ExportError: a file cannot be written, or is too large for its format. Without its manifest, an
            export does not count.
    """
    strange = sorted(set(formats) - set(FORMATS))
    if strange or not formats:
        raise ExportError(
            f"there is no format {', '.join(strange) or '-'}; give some of {', '.join(FORMATS)}"
        )
    files: list[ExportedFile] = []
    with ExitStack() as stack:
        writers = [stack.enter_context(_WRITERS[each]()) for each in FORMATS if each in formats]
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            position = await connection.fetchval(_SQL["newest_change"])
            for table, columns, query in (
                ("cases", TOLD, _SQL["export_cases"]),
                ("events", EVENT_COLUMNS, _SQL["export_events"]),
            ):
                taking = [each for each in writers if table in each.tables]
                for each in taking:
                    each.begin(table, columns)
                async for rows in _chunks(connection, query, begin, end):
                    for each in taking:
                        await asyncio.to_thread(each.add, rows, columns)
                for each in taking:
                    each.end()
        for writer in writers:
            for name, count, content in await asyncio.to_thread(lambda: list(writer.files())):  # noqa: B023
                size, digest = await asyncio.to_thread(_measured, content)
                await store.put(f"{folder}/{name}", content)
                files.append(ExportedFile(name=name, rows=count, bytes=size, sha256=digest))
    manifest = Manifest(begin=begin, end=end, made_at=at, feed_position=position, files=files)
    await store.put(f"{folder}/{MANIFEST}", msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
    return manifest


async def _chunks(
    connection: Connection, query: str, begin: datetime, end: datetime
) -> AsyncIterator[list[Mapping[str, Any]]]:
    cursor = await connection.cursor(query, begin, end)
    while rows := await cursor.fetch(_AT_ONCE):
        yield [dict(row) for row in rows]


def _measured(content: IO[bytes]) -> tuple[int, str]:
    content.seek(0)
    digest, size = hashlib.sha256(), 0
    while part := content.read(_CHUNK):
        digest.update(part)
        size += len(part)
    content.seek(0)
    return size, digest.hexdigest()


def safe(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula: one that begins like one gets an apostrophe first."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case datetime() | date():
            return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


class _Writer:
    """Writes tables to temporary files."""

    tables: tuple[str, ...] = ("cases", "events")

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._files: list[tuple[str, int, IO[bytes]]] = []
        self._rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _temporary(self) -> IO[bytes]:
        return self._stack.enter_context(tempfile.TemporaryFile())

    def begin(self, table: str, columns: Sequence[str]) -> None:
        """Begin a table."""
        raise NotImplementedError

    def add(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
        """Add rows to it."""
        raise NotImplementedError

    def end(self) -> None:
        """End the table."""

    def files(self) -> Iterator[tuple[str, int, IO[bytes]]]:
        """Name, rows and content of each file, when all tables have ended."""
        yield from self._files


class _Csv(_Writer):
    """One file for each table, UTF-8 with a byte order mark, which spreadsheets need."""

    def begin(self, table: str, columns: Sequence[str]) -> None:
        self._table, self._rows, self._out = table, 0, self._temporary()
        self._text = io.TextIOWrapper(self._out, encoding="utf-8-sig", newline="", write_through=True)
        self._csv = csv.writer(self._text, lineterminator="\r\n")
        self._csv.writerow(columns)

    def add(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
        self._csv.writerows([safe(row[name]) for name in columns] for row in rows)
        self._rows += len(rows)

    def end(self) -> None:
        self._text.detach()
        self._files.append((f"{self._table}.csv", self._rows, self._out))


class _GeoJson(_Writer):
    """A FeatureCollection of the cases (RFC 7946)."""

    tables = ("cases",)

    def begin(self, table: str, columns: Sequence[str]) -> None:
        del columns
        self._table, self._rows, self._out = table, 0, self._temporary()
        self._out.write(b'{"type":"FeatureCollection","features":[')

    def add(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
        for row in rows:
            feature = {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
                "properties": {name: row[name] for name in columns if name not in {"lon", "lat"}},
            }
            self._out.write((b",\n" if self._rows else b"\n") + msgspec.json.encode(feature))
            self._rows += 1

    def end(self) -> None:
        self._out.write(b"\n]}\n")
        self._files.append((f"{self._table}.geojson", self._rows, self._out))


class _Xlsx(_Writer):
    """One workbook with a sheet for each table; all cells are text, so that none is a formula."""

    def __init__(self) -> None:
        super().__init__()
        self._out = self._temporary()
        self._book = xlsxwriter.Workbook(self._out, {"constant_memory": True})
        self._all = 0

    def begin(self, table: str, columns: Sequence[str]) -> None:
        self._table, self._rows = table, 0
        self._sheet = self._book.add_worksheet(table)
        for place, name in enumerate(columns):
            self._sheet.write_string(0, place, name)

    def add(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
        if self._rows + len(rows) > _MAX_XLSX_ROWS:
            raise ExportError(
                "the period has more rows than a sheet can have; export shorter periods, or CSV"
            )
        for row in rows:
            self._rows += 1
            for place, name in enumerate(columns):
                self._sheet.write_string(self._rows, place, safe(row[name])[:_LONGEST_CELL])

    def end(self) -> None:
        self._all += self._rows

    def files(self) -> Iterator[tuple[str, int, IO[bytes]]]:
        self._book.close()
        yield "cases.xlsx", self._all, self._out


_WRITERS: Final[Mapping[str, type[_Writer]]] = {"csv": _Csv, "geojson": _GeoJson, "xlsx": _Xlsx}
