"""Signing on: a password against an account, for a session whose token only the browser has."""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from center.answers import Refusal
from center.database import Database
from center.passwords import hash_password, is_outdated, is_password
from center.throttle import Throttle
from store.operators import (
    SignedOn,
    begin_session,
    end_session,
    find_operator,
    find_session,
    set_password_hash,
)

log = logging.getLogger(__name__)

_AT_ONCE: Final = 2
"""Passwords checked at a time: each takes a core and 64 MiB for some tens of milliseconds."""

_WAITING: Final = 50
"""Attempts that may wait for that; more are sent away."""

_ADDRESS_FACTOR: Final = 10
"""An address may fail so many times more often than a login from that address: offices share one."""


class PasswordSignOn:
    """Sessions for those who know their password.

    A login that doesn't exist takes as long as one that does, and is refused with the same words.

    Args:
        database: where accounts and sessions are.
        failures: wrong passwords for one login from one address without a wait.
        longest_wait_s: seconds that one waits at most after wrong passwords.
        lasts: of a session.
        clock: now, aware.
        seconds: a clock for waits, which never jumps.
        ended: told the token's hash of a session that has been ended.
    """

    def __init__(
        self,
        *,
        database: Database,
        failures: int,
        longest_wait_s: float,
        lasts: timedelta,
        clock: Callable[[], datetime],
        seconds: Callable[[], float],
        ended: Callable[[bytes], None],
    ) -> None:
        self._database = database
        self._lasts = lasts
        self._clock = clock
        self._seconds = seconds
        self._ended = ended
        self._by_login = Throttle(free=failures, longest_wait_s=longest_wait_s)
        self._by_address = Throttle(free=failures * _ADDRESS_FACTOR, longest_wait_s=longest_wait_s)
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._checking = 0
        self._nobodys_hash = hash_password(secrets.token_urlsafe())

    async def sign_on(self, *, login: str, password: str, address: str) -> tuple[str, SignedOn]:
        """Begin a session.

        Returns:
            The token for the browser, and the session.

        Raises:
            Refusal: 401, the login or the password is wrong; 429, there were too many such attempts.
            DatabaseAwayError: there is no telling now.
        """
        key = (login, address)
        self._refuse_too_many(key, address)
        try:
            token, session = await self._check(login, password)
        except Refusal:
            log.warning("wrong login or password for %r from %s", login, address)
            raise
        except BaseException:
            self._by_login.undo(key)
            self._by_address.undo(address)
            raise
        self._by_login.forgive(key)
        self._by_address.undo(address)
        log.info("%s signed on from %s", session.login, address)
        return token, session

    async def find(self, token: str) -> SignedOn | None:
        """The session of a token, while it is valid."""
        async with self._database.reading() as connection:
            return await find_session(connection, token, now=self._clock())

    async def end(self, session: SignedOn) -> None:
        """End a session, and its live feeds."""
        async with self._database.changing() as connection:
            await end_session(connection, session.token_hash)
        self._ended(session.token_hash)

    def _refuse_too_many(self, key: tuple[str, str], address: str) -> None:
        now_s = self._seconds()
        wait_s = max(self._by_login.wait_s(key, now_s), self._by_address.wait_s(address, now_s))
        if self._checking >= _WAITING:
            wait_s = max(wait_s, 1.0)
        if wait_s > 0:
            wait = str(math.ceil(wait_s))
            raise Refusal(
                429, "too_many_attempts", f"too many failed attempts; wait {wait} s, then try again",
                {"Retry-After": wait},
            )  # fmt: skip
        self._by_login.attempt(key, now_s)
        self._by_address.attempt(address, now_s)

    async def _check(self, login: str, password: str) -> tuple[str, SignedOn]:
        async with self._database.reading() as connection:
            operator = await find_operator(connection, login)
        password_hash = operator.password_hash if operator is not None else self._nobodys_hash
        self._checking += 1
        try:
            async with self._turn:
                right = await asyncio.to_thread(is_password, password, password_hash)
                if operator is None or not right:
                    raise Refusal(401, "wrong_credentials", "the login or the password is wrong")
                newer = None
                if is_outdated(password_hash):
                    newer = await asyncio.to_thread(hash_password, password)
        finally:
            self._checking -= 1
        async with self._database.changing() as connection:
            if newer is not None:
                await set_password_hash(connection, login=login, password_hash=newer)
            return await begin_session(connection, operator, now=self._clock(), lasts=self._lasts)
