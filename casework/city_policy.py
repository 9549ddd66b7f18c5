"""The city's case policy, read again by running programs when its folder changes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cases import CasePolicy, PolicyError
from program.errors import SettingsError

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 15.0
"""Seconds between two checks of the folder. A change is read one check later, when copying has ended."""

CurrentPolicy = Callable[[], CasePolicy]
"""Returns the present policy. One operation calls it once, and uses the same policy throughout."""

_Stamp = frozenset[tuple[str, int, int]]


class CityPolicy:
    """The policy of a folder. If a changed folder is wrong, the earlier policy stays in use.

    Attributes:
        refused: why the folder is not in use as it is; None if it is.
        read_at: when the policy in use was read, seconds since the epoch.

    Args:
        folder: the setting `cases.folder`; empty for the policy that comes with Streetwarden, which does not
            change.
        clock: seconds since the epoch.

    Raises:
        SettingsError: the folder or an entry is wrong; the text names it.
    """

    def __init__(self, folder: str, *, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock
        self.refused: str | None = None
        self.read_at = clock()
        try:
            self._read = self._seen = self._stamp()
            self._policy = CasePolicy.load(folder)
        except (PolicyError, OSError) as error:
            raise SettingsError(str(error)) from None

    def __call__(self) -> CasePolicy:
        """The present policy."""
        return self._policy

    async def keep_fresh(self, *, every_s: float = LOOK_EVERY_S) -> None:
        """Check the folder at intervals; never returns."""
        while True:
            await asyncio.sleep(every_s)
            await self.look()

    async def look(self) -> None:
        """Read the folder if it has changed since it was read, but not since the last check.

        A folder that is refused is read at every check: the disk may be the cause, not the files.
        """
        if not self._folder:
            return
        try:
            before, self._seen = self._seen, await asyncio.to_thread(self._stamp)
            if before != self._seen or (self._seen == self._read and self.refused is None):
                return
            self._read = self._seen
            self._policy = await asyncio.to_thread(CasePolicy.load, self._folder)
        except (PolicyError, OSError) as error:
            if str(error) != self.refused:
                log.error(  # noqa: TRY400 (the entry is in the text)
                    "the changed case policy is wrong; the earlier one stays in use until it is corrected, "
                    "and no program starts with it: %s",
                    error,
                )
            self.refused = str(error)
        else:
            self.refused = None
            self.read_at = self._clock()
            log.info("the case policy in %s has changed and is in use from now on", self._folder)

    def _stamp(self) -> _Stamp:
        """The files of the folder, each with its time and size; links are followed."""
        found = set()
        for file in Path(self._folder).iterdir() if self._folder and Path(self._folder).is_dir() else ():
            try:
                of = file.stat()
            except OSError:  # it has gone meanwhile
                continue
            found.add((file.name, of.st_mtime_ns, of.st_size))
        return frozenset(found)
