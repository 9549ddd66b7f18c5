"""The storage of backups: a folder or object storage, with the same operations."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from deploy.backup.errors import BackupError
from deploy.backup.manifest import File, Manifest
from program.redaction import public_address, redacted

_BACKUPS: Final = "backups"
_MANIFEST: Final = "manifest.json"
_PIECE: Final = 4 * 1024 * 1024


class BackupStore:
    """The storage of backups: a folder or object storage.

    Attributes:
        folder: its path; None for object storage.
        url: its address.
        shown: its address without secrets.

    Args:
        name: a path, or a URL that obstore knows (`s3://bucket/prefix`); credentials come from the storage's
            own environment variables.
        must_exist: whether a missing folder is an error.

    Raises:
        BackupError: the storage cannot be used.
    """

    def __init__(self, name: str, *, must_exist: bool = False) -> None:
        parts = urlsplit(name)
        local = parts.scheme in {"", "file"}
        self.folder = Path(unquote(parts.path) if parts.scheme else name).absolute() if local else None
        self.url = self.folder.as_uri() if self.folder is not None else name
        self.shown = str(self.folder) if self.folder is not None else public_address(name)
        try:
            if self.folder is None:
                self._objects: ObjectStore = from_url(name)
            else:
                if must_exist and not (self.folder / _BACKUPS).is_dir():
                    raise BackupError(
                        f"{self.folder} holds no backups; give the folder that backups were made to"
                    )
                if not self.folder.exists():
                    self.folder.mkdir(parents=True, mode=0o700)  # it contains personal data
                self._objects = LocalStore(self.folder)
        except (BaseError, OSError, ValueError) as error:
            raise BackupError(
                f"backups cannot be kept at {self.shown} ({_why(error)}); give a folder or s3://bucket/prefix"
            ) from None

    async def write(self, key: str, pieces: AsyncIterator[bytes]) -> File:
        """Write a file from a stream; on return it is complete and on the disk.

        Raises:
            BackupError: the storage is full, unreachable or refuses access.
        """
        digest, size = hashlib.sha256(), 0

        async def counted() -> AsyncIterator[bytes]:
            nonlocal size
            async for piece in pieces:
                digest.update(piece)
                size += len(piece)
                yield piece

        try:
            await self._objects.put_async(key, counted(), chunk_size=_PIECE, max_concurrency=2)
            if self.folder is not None:
                _flush_to_disk(self.folder / key, self.folder)
        except (BaseError, OSError) as error:
            raise BackupError(
                f"{key} cannot be written to {self.shown} ({_why(error)}); make room, or correct that"
            ) from None
        return File(key=key, size=size, sha256=digest.hexdigest())

    async def write_bytes(self, key: str, data: bytes) -> File:
        """Write a small file."""

        async def once() -> AsyncIterator[bytes]:
            yield data

        return await self.write(key, once())

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """Read a file in pieces.

        Raises:
            BackupError: the file is missing, or the storage is unreachable.
        """
        try:
            found = await self._objects.get_async(key)
            async for piece in found.stream(min_chunk_size=_PIECE):
                yield bytes(piece)
        except (NotFoundError, FileNotFoundError):
            raise BackupError(f"{key} is not in {self.shown}; use another backup") from None
        except (BaseError, OSError) as error:
            raise BackupError(f"{key} cannot be read from {self.shown} ({_why(error)}); try again") from None

    async def read_checked(self, file: File) -> AsyncIterator[bytes]:
        """Read a file of a backup; at the end, compare it with the manifest.

        Raises:
            BackupError: the file does not match the manifest.
        """
        digest, size = hashlib.sha256(), 0
        async for piece in self.read(file.key):
            digest.update(piece)
            size += len(piece)
            yield piece
        if (size, digest.hexdigest()) != (file.size, file.sha256):
            raise BackupError(f"{file.key} in {self.shown} is not what was written; use another backup")

    async def read_whole(self, file: File) -> bytes:
        """Read a file of a backup into memory, and compare it with the manifest."""
        return b"".join([piece async for piece in self.read_checked(file)])

    async def sizes(self, prefix: str) -> dict[str, int]:
        """Key → bytes of all files below a prefix."""
        try:
            return {
                item["path"]: item["size"] async for batch in self._objects.list(prefix) for item in batch
            }
        except (BaseError, OSError) as error:
            raise BackupError(
                f"{self.shown} cannot be listed ({_why(error)}); see that it can be reached"
            ) from None

    async def remove(self, key: str) -> None:
        """Remove a file, if it exists."""
        try:
            await self._objects.delete_async(key)
        except (NotFoundError, FileNotFoundError):
            return
        except (BaseError, OSError) as error:
            raise BackupError(f"{key} cannot be removed from {self.shown} ({_why(error)})") from None

    async def manifests(self) -> list[Manifest]:
        """All complete backups, oldest first."""
        found = []
        for key in await self.sizes(f"{_BACKUPS}/"):
            if key.endswith(f"/{_MANIFEST}"):
                try:
                    found.append(msgspec.json.decode(await self._all(key), type=Manifest))
                except msgspec.MsgspecError as error:
                    raise BackupError(
                        f"{key} in {self.shown} is not a manifest that this release reads ({error}); "
                        "use the release that made it, or remove that backup"
                    ) from None
        return sorted(found, key=lambda manifest: manifest.sequence)

    async def find(self, name: str | None) -> Manifest:
        """One backup by its id; the newest if none is named.

        Raises:
            BackupError: there is no such backup.
        """
        known = await self.manifests()
        chosen = [one for one in known if name in {None, one.id}]
        if not chosen:
            there = ", ".join(one.id for one in known) or "none"
            raise BackupError(f"{self.shown} holds no whole backup {name or 'yet'}; there are: {there}")
        return chosen[-1]

    async def seal(self, manifest: Manifest) -> None:
        """Write the manifest, which makes a backup complete."""
        data = msgspec.json.format(msgspec.json.encode(manifest)) + b"\n"
        await self.write_bytes(f"{_BACKUPS}/{manifest.id}/{_MANIFEST}", data)

    async def remove_backup(self, name: str) -> None:
        """Remove a backup or its remains: the manifest first, so that no incomplete backup looks complete."""
        await self.remove(f"{_BACKUPS}/{name}/{_MANIFEST}")
        for key in await self.sizes(f"{_BACKUPS}/{name}/"):
            await self.remove(key)
        if self.folder is not None:  # including temporary files of a killed writer
            shutil.rmtree(self.folder / _BACKUPS / name, ignore_errors=True)

    async def unfinished(self) -> set[str]:
        """Names of backups that were never finished."""
        keys = await self.sizes(f"{_BACKUPS}/")
        names = {key.split("/")[1] for key in keys}
        if self.folder is not None and (self.folder / _BACKUPS).is_dir():
            names |= {path.name for path in (self.folder / _BACKUPS).iterdir()}
        return {name for name in names if f"{_BACKUPS}/{name}/{_MANIFEST}" not in keys}

    async def _all(self, key: str) -> bytes:
        return b"".join([piece async for piece in self.read(key)])


def _why(error: BaseException) -> str:
    return redacted(str(error).split("\n", 1)[0]) or type(error).__name__


def _flush_to_disk(file: Path, top: Path) -> None:
    for path in (file, *(folder for folder in file.parents if folder.is_relative_to(top))):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
