"""The web console and the staff phone: the files of their build, and a page for every address within each."""

from __future__ import annotations

import asyncio
import gzip
import mimetypes
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

_PAGE: Final = "index.html"
PHONE: Final = "m"
"""The first part of the addresses of the staff phone, which has a page of its own."""
PUBLIC: Final = "/public/"
"""The address of the public page."""
CITIZENS: Final = "citizens"
"""The folder of the public page in the build; it is served only at its own address, if it is switched on."""
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK_FIRST: Final = "no-cache"
_WORTH_COMPRESSING: Final = 1024
_COMPRESSES: Final = (
    "text/",
    "application/javascript",
    "application/json",
    "application/manifest",
    "image/svg+xml",
)
_MEDIA_TYPES: Final = {".webmanifest": "application/manifest+json"}
"""Those that the standard library does not know."""

_NOT_BUILT: Final = "console_not_built.html"
_NOT_FOUND: Final = "console_not_found.html"

PLACES: Final = frozenset(
    {
        "map",
        "cases",
        "hotline",
        "search",
        "events",
        "cameras",
        "tracks",
        "visits",
        "people",
        "report",
        "system",
        "workflow",
    }
)
"""First parts of the console's addresses; `console/src/routes.ts` has the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """One file, as it was when it was read.

    Attributes:
        state: modification time in ns, and size.
        compressed: gzip; None if compression does not help.
    """

    state: tuple[int, int]
    media_type: str
    content: bytes
    compressed: bytes | None


class Console:
    """Serves the console.

    Args:
        folder: of the build; its files may change while the program runs.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._files: dict[Path, _File] = {}

    async def serve(self, request: Request) -> Response:
        """A file of the build; the page for addresses within the console or the staff phone."""
        path = request.url.path.lstrip("/")
        if path.partition("/")[0] == CITIZENS:
            raise HTTPException(404, "there is nothing")
        if path == PHONE:  # the service worker's scope, and what the phone installs, end with a slash
            return RedirectResponse(f"/{PHONE}/", status_code=308, headers={"Cache-Control": _ASK_FIRST})
        if path == "api" or path.startswith("api/"):
            raise HTTPException(404, "there is nothing")
        file = await self._find(path)
        if file is None:
            if Path(path).suffix:
                raise HTTPException(404, "there is no such file")
            first = path.partition("/")[0]
            if path and first not in PLACES and first != PHONE:
                return HTMLResponse(
                    _own_page(_NOT_FOUND), status_code=404, headers={"Cache-Control": "no-store"}
                )
            path = f"{PHONE}/{_PAGE}" if first == PHONE else _PAGE
            file = await self._find(path)
            if file is None:
                return HTMLResponse(
                    _own_page(_NOT_BUILT), status_code=503, headers={"Cache-Control": "no-store"}
                )
        return _sent(request, path, file)

    async def serve_citizens(self, request: Request) -> Response:
        """The public page."""
        path = f"{CITIZENS}/{_PAGE}"
        file = await self._find(path)
        if file is None:
            return HTMLResponse(_own_page(_NOT_BUILT), status_code=503, headers={"Cache-Control": "no-store"})
        return _sent(request, path, file)

    async def _find(self, path: str) -> _File | None:
        """A file below the folder, read again if it has changed."""
        try:
            found = (self._folder / path).resolve()
            if not found.is_relative_to(self._folder) or not found.is_file():
                return None
            stat = found.stat()
            known = self._files.get(found)
            if known is None or known.state != (stat.st_mtime_ns, stat.st_size):
                known = self._files[found] = await asyncio.to_thread(
                    _read, found, (stat.st_mtime_ns, stat.st_size)
                )
        except (OSError, ValueError):  # the file was removed meanwhile, or the name is invalid
            return None
        return known


def _sent(request: Request, path: str, file: _File) -> Response:
    """A file of the build, if the browser does not have it."""
    tag = f'W/"{file.state[0]:x}-{file.state[1]:x}"'
    headers = {
        "ETag": tag,
        # Names below assets/ contain a digest of the contents.
        "Cache-Control": _FOR_EVER if path.startswith("assets/") else _ASK_FIRST,
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if file.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(file.compressed, media_type=file.media_type, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)


def _own_page(name: str) -> str:
    return files("center.web").joinpath(name).read_text(encoding="utf-8")


def _read(path: Path, state: tuple[int, int]) -> _File:
    content = path.read_bytes()
    guessed = _MEDIA_TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    media_type = guessed or "application/octet-stream"
    if media_type == "text/javascript":
        media_type = "text/javascript; charset=utf-8"
    compresses = media_type.startswith(_COMPRESSES) and len(content) >= _WORTH_COMPRESSING
    return _File(
        state=state,
        media_type=media_type,
        content=content,
        compressed=gzip.compress(content, 6, mtime=0) if compresses else None,
    )
