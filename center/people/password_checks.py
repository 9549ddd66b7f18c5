"""Checks passwords, a few at a time: each check takes a core and 64 MiB for some tens of milliseconds.

Whatever the number of attempts, the live feed and the API keep their cores and the machine its memory. Known
browsers have a reserved place, so a flood of guesses does not keep the next shift out.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from center.people.passwords import hash_password, is_password
from center.web.answers import Refusal

_AT_ONCE: Final = 2
_STRANGERS_AT_ONCE: Final = 1
_WAITING: Final = 200
_STRANGERS_WAITING: Final = 150
_STRANGERS_OF_ONE_CLIENT_WAITING: Final = 100
"""Attempts of one client that may wait: an office behind one address whose shift begins."""
_TRY_AGAIN_S: Final = "3"


class PasswordChecks:
    """Queues password checks."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._strangers_turn = asyncio.Semaphore(_STRANGERS_AT_ONCE)
        self._waiting = 0
        self._strangers = 0
        self._strangers_of: Counter[str] = Counter()

    async def is_right(self, password: str, password_hash: str, *, client: str, known: bool) -> bool:
        """Whether the password is right.

        Args:
            password: as given.
            password_hash: of the account.
            client: the address of the request.
            known: whether it comes from a known browser of the account.

        Raises:
            Refusal: 429, too many wait already.
        """
        async with self._place(client, known=known):
            return await asyncio.to_thread(is_password, password, password_hash)

    async def hash(self, password: str) -> str:
        """The hash of a password."""
        async with self._turn:
            return await asyncio.to_thread(hash_password, password)

    @asynccontextmanager
    async def _place(self, client: str, *, known: bool) -> AsyncIterator[None]:
        if known:
            self._refuse_if(self._waiting >= _WAITING)
            self._waiting += 1
            try:
                async with self._turn:
                    yield
            finally:
                self._waiting -= 1
            return
        self._refuse_if(
            self._strangers >= _STRANGERS_WAITING
            or self._strangers_of[client] >= _STRANGERS_OF_ONE_CLIENT_WAITING
        )
        self._strangers += 1
        self._strangers_of[client] += 1
        try:
            async with self._strangers_turn, self._turn:
                yield
        finally:
            self._strangers -= 1
            self._strangers_of[client] -= 1
            if not self._strangers_of[client]:
                del self._strangers_of[client]

    def _refuse_if(self, full: bool) -> None:  # noqa: FBT001 the one thing that it is told
        if full:
            raise Refusal(
                429,
                "sign_on_busy",
                "very many people are signing on; try again in a few seconds",
                {"Retry-After": _TRY_AGAIN_S},
            )
