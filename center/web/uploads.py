"""Bodies with files (multipart/form-data): read as they come, with limits of time, size and number.

Files are in temporary files, never all at once in memory. Nothing is read before the sender is known and
authorised.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from center.web.answers import Refusal
from center.web.media_types import HEAD_BYTES, TAKEN, media_type_of
from center.web.protocol import ALLOW_UPLOAD

MULTIPART: Final = "multipart/form-data"
MAX_FILE_BYTES: Final = 10 * 1024 * 1024
MAX_FILES_BYTES: Final = 50 * 1024 * 1024
MAX_FILES: Final = 20
FORM: Final = "application/x-www-form-urlencoded"
MAX_FIELDS: Final = 100
_MAX_PART_BYTES: Final = 65_536
_MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file from a request.

    Attributes:
        part: the name of its part of the body.
        media_type: by its contents.
        size_bytes: its size.
    """

    part: str
    media_type: str
    size_bytes: int
    _upload: UploadFile

    async def read(self) -> bytes:
        """The whole file."""
        await self._upload.seek(0)
        return await self._upload.read()


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body: JSON, and files.

    Attributes:
        json: the JSON, as it came.
        files: in the order in which they came.
    """

    json: bytes
    files: tuple[File, ...]


Fields = Sequence[tuple[str, str]]
"""The fields of a form, in the order in which they came; a name may come several times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form: fields, and files."""

    fields: Fields
    files: tuple[File, ...]


class Uploads:
    """Reads bodies, a limited number at once.

    Args:
        seconds: for a whole body with files.
        maximum: maximum number of bodies with files at once.
        max_of_account: maximum number from one account.
    """

    def __init__(self, *, seconds: float, maximum: int, max_of_account: int = 2) -> None:
        self._seconds = seconds
        self._maximum = maximum
        self._max_of_account = max_of_account
        self._reading: Counter[str] = Counter()

    @asynccontextmanager
    async def body(
        self,
        request: Request,
        *,
        account: str,
        json_part: str,
        file_parts: frozenset[str],
        any_type: bool = False,
    ) -> AsyncIterator[Body]:
        """The body of a request, `application/json` alone or `multipart/form-data` with files.

        Args:
            request: its session and its rights have been checked.
            account: the sender.
            json_part: the name of the part with JSON.
            file_parts: the names that parts with files may have.
            any_type: whether files of types that are not in `TAKEN` are accepted too.

        Raises:
            Refusal: 400, it is malformed; 413, it is too large; 415, it or one of its files has a type that
            is
                not accepted; 422, a part is missing or unknown; 429, this account or everybody together sends
                too much at once.
        """
        content_type = request.headers.get("content-type", "")
        kind = content_type.partition(";")[0].strip().lower()
        if kind == MULTIPART:
            async with (
                self._slot(account),
                self._parts(request, json_part, file_parts, any_type=any_type) as body,
            ):
                yield body
        elif kind == "application/json":
            yield Body(json=await request.body(), files=())
        else:
            raise Refusal(415, "media_type", f"send application/json, or {MULTIPART} with files")

    @asynccontextmanager
    async def form(
        self, request: Request, *, client: str, admit: Callable[[Fields], Awaitable[None]]
    ) -> AsyncIterator[Form]:
        """The form of a request, `application/x-www-form-urlencoded`, or `multipart/form-data` with files.

        Its sender is known by its fields, so these must come before the files: the first file is read only
        once `admit` has returned.

        Args:
            request: from anybody.
            client: the sender's address.
            admit: is called once with the fields that came before the first file, or with all; it raises to
                refuse them.

        Raises:
            Refusal: 400, it is malformed; 413, it is too large; 415, it or one of its files has a type that
                is not accepted; 429, this client or everybody together sends too much at once.
        """
        content_type = request.headers.get("content-type", "")
        kind = content_type.partition(";")[0].strip().lower()
        if kind == MULTIPART:
            async with self._slot(client), self._form_parts(request, admit) as form:
                yield form
        elif kind == FORM:
            fields = form_fields(await request.body())
            await admit(fields)
            yield Form(fields=fields, files=())
        else:
            raise Refusal(415, "media_type", f"send {FORM}, or {MULTIPART} with files")

    @asynccontextmanager
    async def _form_parts(
        self, request: Request, admit: Callable[[Fields], Awaitable[None]]
    ) -> AsyncIterator[Form]:
        admitted = False

        async def until_files() -> AsyncGenerator[bytes, None]:
            nonlocal admitted
            async for chunk in request.stream():
                yield chunk
                if not admitted and parser.has_file:
                    await admit(_texts(parser.items))
                    admitted = True
                    self._allow(request)

        parser = _Parser(request, stream=until_files(), most_fields=MAX_FIELDS)
        async with self._parsed(parser) as items:
            if not admitted:
                await admit(_texts(items))
            files = [
                await _file(part, value) for part, value in items if not isinstance(value, str) and value.size
            ]
            yield Form(fields=_texts(items), files=tuple(files))

    def _allow(self, request: Request) -> None:
        """The sender is known and authorised: allow the request its size and its time."""
        allow = request.scope.get("extensions", {}).get(ALLOW_UPLOAD)
        if allow is not None:
            allow["call"](self._seconds)

    @asynccontextmanager
    async def _slot(self, account: str) -> AsyncIterator[None]:
        if self._reading[account] >= self._max_of_account or self._reading.total() >= self._maximum:
            raise Refusal(
                429, "too_many_uploads", "too many files are being sent at once; try again in a moment",
                {"Retry-After": "5"},
            )  # fmt: skip
        self._reading[account] += 1
        try:
            yield
        finally:
            self._reading[account] -= 1
            if not self._reading[account]:
                del self._reading[account]

    @asynccontextmanager
    async def _parts(
        self, request: Request, json_part: str, file_parts: frozenset[str], *, any_type: bool
    ) -> AsyncIterator[Body]:
        self._allow(request)
        async with self._parsed(_Parser(request)) as items:
            yield await _body(items, json_part, file_parts, any_type=any_type)

    @asynccontextmanager
    async def _parsed(self, parser: _Parser) -> AsyncIterator[list[tuple[str, UploadFile | str]]]:
        """The parts of a body; their files are closed afterwards."""
        try:
            async with asyncio.timeout(self._seconds):
                form = await parser.parse()
        except (MultiPartException, KeyError) as error:
            raise Refusal(400, "malformed", f"the body is not {MULTIPART}: {error}") from None
        except (TimeoutError, ClientDisconnect):
            raise Refusal(400, "cut_off", "the body did not come completely; send it again") from None
        except HTTPException as error:
            raise Refusal(error.status_code, "too_large", str(error.detail)) from None
        except OSError as error:
            raise Refusal(
                503, "no_room", f"the center cannot store the files ({error.strerror}); try again later"
            ) from None
        try:
            if not parser.is_whole:
                raise Refusal(400, "malformed", f"the body is not {MULTIPART}: its end is missing")
            yield list(form.multi_items())
        finally:
            await form.close()


class _Parser(MultiPartParser):
    """A parser with a limit for each file and for all files."""

    def __init__(
        self, request: Request, *, stream: AsyncGenerator[bytes, None] | None = None, most_fields: int = 1
    ) -> None:
        super().__init__(
            request.headers,
            stream or request.stream(),
            max_files=MAX_FILES,
            max_fields=most_fields,
            max_part_size=_MAX_PART_BYTES,
        )
        self.is_whole = False
        self._file_bytes = 0
        self._all_bytes = 0

    @property
    def has_file(self) -> bool:
        """Whether a file has begun."""
        return self._current_files > 0

    def on_part_begin(self) -> None:
        self._file_bytes = 0
        super().on_part_begin()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._current_part.file is not None:
            self._file_bytes += end - start
            self._all_bytes += end - start
            if self._file_bytes > MAX_FILE_BYTES:
                raise HTTPException(413, f"a file has {MAX_FILE_BYTES // _MEGABYTE} MiB at most")
            if self._all_bytes > MAX_FILES_BYTES:
                raise HTTPException(
                    413, f"all files together have {MAX_FILES_BYTES // _MEGABYTE} MiB at most"
                )
        super().on_part_data(data, start, end)

    def on_end(self) -> None:
        self.is_whole = True


def form_fields(data: bytes) -> list[tuple[str, str]]:
    """The fields of a form.

    Raises:
        Refusal: 400, it is malformed or has too many fields.
    """
    try:
        return parse_qsl(
            data.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:  # UnicodeDecodeError too
        raise Refusal(400, "malformed", f"send a form in UTF-8 with {MAX_FIELDS} fields at most") from None


def _texts(items: Sequence[tuple[str, UploadFile | str]]) -> list[tuple[str, str]]:
    return [(part, value) for part, value in items if isinstance(value, str)]


async def _body(
    items: list[tuple[str, UploadFile | str]], json_part: str, file_parts: frozenset[str], *, any_type: bool
) -> Body:
    text: str | None = None
    files: list[File] = []
    for part, value in items:
        if isinstance(value, str):
            if part != json_part or text is not None:
                raise Refusal(422, "invalid", f"part {part[:40]!r} is not expected; {json_part!r} is, once")
            text = value
        elif part == json_part and text is None:  # JSON as a file: browsers send a typed part this way
            if (value.size or 0) > _MAX_PART_BYTES:
                raise Refusal(413, "too_large", f"part {part!r} has {_MAX_PART_BYTES} bytes at most")
            text = (await value.read()).decode("utf-8", errors="replace")
        elif part in file_parts:
            files.append(await _file(part, value, any_type=any_type))
        else:
            raise Refusal(
                422, "invalid", f"files are sent as {', '.join(sorted(file_parts))}, not as {part[:40]!r}"
            )
    if text is None:
        raise Refusal(422, "invalid", f"part {json_part!r} is missing")
    return Body(json=text.encode("utf-8", errors="replace"), files=tuple(files))


async def _file(part: str, upload: UploadFile, *, any_type: bool = False) -> File:
    media_type = media_type_of(await upload.read(HEAD_BYTES))
    if media_type is None and any_type:
        media_type = "application/octet-stream"
    if media_type is None:
        raise Refusal(
            415, "media_type",
            f"file {(upload.filename or '')[:80]!r} is not one of {', '.join(TAKEN)}, whatever its name is",
        )  # fmt: skip
    return File(part=part, media_type=media_type, size_bytes=upload.size or 0, _upload=upload)
