"""Files that people send with what they do: looked at, and kept before anything speaks of them."""

from __future__ import annotations

from collections.abc import Sequence

from center.pictures.decoder import Decoder, PictureError, check
from center.web.answers import Refusal
from center.web.media_types import PICTURES
from center.web.uploads import File
from store.case_evidence import EvidenceRole, KeptFile
from store.errors import EvidenceError
from store.evidence import EvidenceStore

FILE_PARTS = frozenset({"files", *EvidenceRole})
"""The names of parts with files: a role, or `files` for the usual one of what is done."""

_BEFORE_HANDLING = frozenset(
    {"open", "refuse", "not_open", "void", "verify", "verify_answer", "rework", "reopen"}
)
"""Actions whose pictures show the problem, not what was done about it."""


def usual_role(action: str) -> EvidenceRole:
    """What the files show that come with an action and name no role."""
    return EvidenceRole.FINDING if action in _BEFORE_HANDLING else EvidenceRole.AFTER


class EvidenceKeeper:
    """Puts files into the storage of evidence.

    Args:
        storage: where they are kept.
        decoder: decodes pictures, to see that they can be.
    """

    def __init__(self, storage: EvidenceStore, decoder: Decoder) -> None:
        self._storage = storage
        self._decoder = decoder

    async def keep(self, files: Sequence[File], *, usual: EvidenceRole) -> tuple[KeptFile, ...]:
        """Keep files, one after the other.

        What is kept and then not named, because the action is refused, is swept away with other spare files.

        Args:
            files: as they were sent.
            usual: what those show whose part names no role.

        Raises:
            Refusal: 415, a picture cannot be decoded; 503, the storage takes nothing now.
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
                    503, "no_room", f"the files cannot be kept now: {error}; try again", {"Retry-After": "5"}
                ) from None
            kept.append(
                KeptFile(
                    digest=digest,
                    role=usual if file.part == "files" else EvidenceRole(file.part),
                    media_type=file.media_type,
                    size_bytes=len(data),
                )
            )
        return tuple(kept)
