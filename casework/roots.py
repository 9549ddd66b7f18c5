"""The file of root hashes over the case record: one JSON object for each line, append-only."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec

from cases import CaseError
from casework.record import Root

_ROOTS: Final = msgspec.json.Decoder(Root)


def read_roots(file: Path) -> list[Root]:
    """The roots in the file; none if there is no file yet.

    Raises:
        CaseError: it cannot be read, or is malformed.
    """
    try:
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CaseError(f"the file of roots cannot be read: {error}") from None
    try:
        return [_ROOTS.decode(line) for line in lines if line]
    except msgspec.MsgspecError as error:
        raise CaseError(
            f"{file} is not a file of roots ({error}); give the one that verify or the worker wrote"
        ) from None


def append_root(file: Path, root: Root) -> None:
    """Append a root; after that, a power cut does not lose it.

    Raises:
        CaseError: it cannot be written.
    """
    try:
        with file.open("ab") as opened:
            opened.write(msgspec.json.encode(root) + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as error:
        raise CaseError(f"the root {root.root} could not be written to {file}: {error}") from None
