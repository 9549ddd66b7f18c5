"""Files that people send with actions and reports: checked, and stored before any row refers to them."""

from __future__ import annotations

from collections.abc import Sequence

from center.pictures.decoder import Decoder, PictureError, check
from center.web.answers import Refusal
from center.web.media_types import PICTURES
from center.web.uploads import File
from store.case_evidence import EvidenceRole, KeptFile, Shows
from store.errors import EvidenceError
from store.evidence import EvidenceStore

FILE_PARTS = frozenset({"files", *EvidenceRole, *Shows})
"""The names of parts with files: a role; or, for the usual role, `files` or from where it was taken."""

_ROLES = frozenset(EvidenceRole)
_SHOWS = frozenset(Shows)

_BEFORE_HANDLING = frozenset(
    {"open", "refuse", "not_open", "void", "verify", "verify_answer", "rework", "reopen"}
)
"""Actions whose pictures show the problem, not its handling."""


def usual_role(action: str) -> EvidenceRole:
    """The role of files that an action sends without a role."""
    return EvidenceRole.FINDING if action in _BEFORE_HANDLING else EvidenceRole.AFTER


class EvidenceKeeper:
    """Stores files in evidence storage.

    Args:
        storage: evidence storage.
        decoder: decodes pictures, to check them.
    """

    def __init__(self, storage: EvidenceStore, decoder: Decoder) -> None:
        self._storage = storage
        self._decoder = decoder

    async def keep(self, files: Sequence[File], *, usual: EvidenceRole) -> tuple[KeptFile, ...]:
        """Store files, one after the other.

        If the action is refused afterwards, its files are removed later with other unused files.

        Args:
            files: as they were sent.
            usual: the role of files without one.

        Raises:
            Refusal: 415, a picture cannot be decoded; 503, the storage cannot store anything now.
        """
        kept = []
        for file in files:
            data = await file.read()
            try:
                if file.media_type in PICTURES:
                    await self._decoder.run(check, data)
                digest = await self._storage.put(data, media_type=file.media_type)
            except PictureError as error:
                raise Refusal(415, "media_type", f"{error}; send it as a JPEG") from None
            except EvidenceError as error:
                raise Refusal(
                    503,
                    "no_room",
                    f"the files cannot be stored now: {error}; try again",
                    {"Retry-After": "5"},
                ) from None
            kept.append(
                KeptFile(
                    digest=digest,
                    role=EvidenceRole(file.part) if file.part in _ROLES else usual,
                    shows=Shows(file.part) if file.part in _SHOWS else None,
                    media_type=file.media_type,
                    size_bytes=len(data),
                )
            )
        return tuple(kept)
