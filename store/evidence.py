"""Storage of evidence: pictures, videos and audio, in a local folder or in an object storage such as S3.

Files are named by the SHA-256 of their contents. Writing a file twice is harmless, so it can be written
before the transaction that refers to it. If the transaction never commits, the file is merely unused.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, cast
from urllib.parse import unquote, urlsplit

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from program.redaction import public_address, redacted
from store.errors import DamagedEvidenceError, EvidenceError, MissingEvidenceError

_SUFFIXES: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "application/pdf": "pdf",
}


_KEY: Final = re.compile(r"evidence/[0-9a-f]{2}/([0-9a-f]{64})\.[a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file in the storage.

    Attributes:
        key: its path below the storage's URL.
        digest: the SHA-256 in its name.
        size: bytes.
        written_at: when it was written last, by the storage's clock.
    """

    key: str
    digest: str
    size: int
    written_at: datetime


def digest_of(data: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def key_of(digest: str, media_type: str) -> str:
    """A file's path below the storage's URL; its folder is named by the digest's first two digits.

    Raises:
        KeyError: evidence cannot be of this media type.
    """
    return f"evidence/{digest[:2]}/{digest}.{_SUFFIXES[media_type]}"


class EvidenceStore:
    """Files of evidence, by their digest.

    Args:
        url: `file:///folder`, `s3://bucket/prefix` or another URL that obstore accepts; credentials come from
            the environment variables of that storage.

    Raises:
        EvidenceError: the URL's scheme is unknown, or the local folder cannot be made.
    """

    def __init__(self, url: str) -> None:
        self._shown = public_address(url)
        parts = urlsplit(url)
        self._folder = Path(unquote(parts.path)) if parts.scheme == "file" else None
        try:
            if self._folder is not None:
                self._objects: ObjectStore = LocalStore(self._folder, mkdir=True)
            else:
                self._objects = from_url(url)
        except (BaseError, OSError, ValueError) as error:
            raise EvidenceError(
                f"evidence cannot be kept at {public_address(url)} ({_first_line(error)}); "
                "set STREETWARDEN_EVIDENCE_URL to file:///folder or s3://bucket/prefix"
            ) from None

    async def put(self, data: bytes, *, media_type: str = "image/jpeg") -> str:
        """Write a file and return its digest.

        In a local folder, the file has then been flushed to the disk, so that a power cut does not lose it.
        Another storage is relied upon to keep what it has confirmed.

        Raises:
            KeyError: evidence cannot be of this media type.
            EvidenceError: the storage is full, unreachable or refuses. Trying again may help.
        """
        digest = await asyncio.to_thread(digest_of, data)
        key = key_of(digest, media_type)
        try:
            await self._objects.put_async(key, data)
            if self._folder is not None:
                await asyncio.to_thread(_flush_to_disk, self._folder / key, self._folder)
        except (BaseError, OSError) as error:
            raise EvidenceError(
                f"evidence {key} cannot be written to {self._shown} ({_first_line(error)})"
            ) from None
        return digest

    async def files(self) -> AsyncIterator[list[StoredFile]]:
        """All files of evidence, in lists of at most 500.

        Raises:
            EvidenceError: the storage is unreachable.
        """
        try:
            async for found in self._objects.list("evidence", chunk_size=500):
                yield [
                    StoredFile(
                        key=each["path"],
                        digest=match[1],
                        size=each["size"],
                        written_at=each["last_modified"],
                    )
                    for each in found
                    if (match := _KEY.fullmatch(each["path"])) is not None
                ]
        except (BaseError, OSError) as error:
            raise EvidenceError(f"{self._shown} cannot be listed ({_first_line(error)})") from None

    async def remove(self, file: StoredFile, *, written_before: datetime) -> bool:
        """Remove a file, unless it was written again; returns whether it was removed.

        Args:
            file: as listed.
            written_before: a file that was written at this time or later stays.

        Raises:
            EvidenceError: the storage is unreachable or refuses.
        """
        try:
            if (await self._objects.head_async(file.key))["last_modified"] >= written_before:
                return False
            await self._objects.delete_async(file.key)
        except (NotFoundError, FileNotFoundError):
            return False
        except (BaseError, OSError) as error:
            raise EvidenceError(
                f"evidence {file.key} cannot be removed from {self._shown} ({_first_line(error)})"
            ) from None
        return True

    async def get(self, digest: str, *, media_type: str = "image/jpeg") -> bytes:
        """Read a file, and check its contents against its digest.

        Raises:
            KeyError: evidence cannot be of this media type.
            MissingEvidenceError: the file is not there.
            DamagedEvidenceError: its contents do not match its digest.
            EvidenceError: the storage is unreachable.
        """
        key = key_of(digest, media_type)
        try:
            found = await self._objects.get_async(key)
            data = bytes(cast("bytes", await found.bytes_async()))
        except (NotFoundError, FileNotFoundError):
            raise MissingEvidenceError(f"evidence {key} is not in {self._shown}") from None
        except (BaseError, OSError) as error:
            raise EvidenceError(
                f"evidence {key} cannot be read from {self._shown} ({_first_line(error)})"
            ) from None
        if await asyncio.to_thread(digest_of, data) != digest:
            raise DamagedEvidenceError(
                f"evidence {key} in {self._shown} does not match its digest: damaged or overwritten; "
                "restore it from a backup (streetwarden restore --evidence-only)"
            )
        return data


def _first_line(error: BaseException) -> str:
    return redacted(str(error).split("\n", 1)[0])


def _flush_to_disk(file: Path, top: Path) -> None:
    """Flush a file, and its folders up to `top`, to the disk: obstore renames it into place without fsync."""
    for path in (file, *(folder for folder in file.parents if folder.is_relative_to(top))):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
