"""Has documents set by processes of their own: few at once, with limits of time and memory."""

from __future__ import annotations

import asyncio
import sys
from typing import Final

import msgspec

from cases.forms import Content
from center.documents.typesetting import UNSETTABLE, Request
from center.errors import CenterError

_AT_ONCE: Final = 2
_LONGEST_REASON: Final = 300

Strokes = dict[int, list[list[tuple[float, float]]]]


class TypesettingError(CenterError):
    """The document cannot be set; the text says why."""


class Typesetter:
    """Sets documents.

    Args:
        seconds: for one document; a process that takes longer is killed.
    """

    def __init__(self, *, seconds: float = 20.0) -> None:
        self._seconds = seconds
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def set(self, form: str, content: Content, strokes: Strokes) -> bytes:
        """The file of a document.

        Args:
            form: `pdf` or `docx`.
            content: its text.
            strokes: of each signature on the pad, by its place.

        Raises:
            TypesettingError: a text cannot be set, or it took too much time or memory.
        """
        request = msgspec.json.encode(Request(form=form, content=content, strokes=strokes))
        async with self._slots:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "center.documents.typesetting",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            try:
                async with asyncio.timeout(self._seconds):
                    made, said = await process.communicate(request)
            except TimeoutError:
                raise TypesettingError(f"setting the document took more than {self._seconds:.0f} s") from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if process.returncode == UNSETTABLE:
            raise TypesettingError(said.decode(errors="replace")[:_LONGEST_REASON])
        if process.returncode != 0:
            raise TypesettingError(f"setting the document failed (status {process.returncode})")
        return made
