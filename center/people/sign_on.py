"""Signing on: checks a password, and begins a session whose token only the browser has."""

from __future__ import annotations

import logging
import math
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from center.database import Database
from center.people import devices
from center.people.current_rights import CurrentRights
from center.people.guesses import Attempt, Guesses
from center.people.password_checks import PasswordChecks
from center.people.passwords import SHORTEST, hash_password, is_outdated, why_refused
from center.web.addresses import client_of
from center.web.answers import Refusal
from store.operators import (
    Operator,
    SignedOn,
    begin_session,
    change_password,
    end_session,
    find_operator,
    find_session,
    set_password_hash,
    use_session,
)

log = logging.getLogger(__name__)

_NOTED_EVERY: Final = timedelta(minutes=1)
_NOTED_AT_LEAST: Final = 10
"""How often the use of a session is stored within the idle time; at most once a minute."""

_WRONG: Final = "the login or the password is wrong"
_WEAK: Final = {
    "too_short": f"a password has at least {SHORTEST} characters; several words are easy to remember",
    "too_common": "this password is among the first that an attacker would guess; choose several "
    "words that have nothing to do with each other",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A new session.

    Attributes:
        token: for the browser's cookie.
        session: as in the table.
        device: for the browser's other cookie, which makes it known the next time.
    """

    token: str
    session: SignedOn
    device: str


class SignOn:
    """Begins, finds and ends sessions.

    A login that does not exist takes as long as one that does, and gets the same error.

    Args:
        database: holds accounts and sessions.
        rights: gets the version of the table of rights in force.
        failures: wrong passwords without a wait, for one login from one client.
        longest_wait_s: longest wait after wrong passwords, seconds.
        lasts: length of a session.
        idle: time without use after which a session ends earlier.
        clock: returns now, aware.
        seconds: a monotonic clock for waits.
        ended: called with the token's hash of a session that has been ended.
        tried: called with the result of an attempt: right, wrong, waits or busy.
    """

    def __init__(
        self,
        *,
        database: Database,
        rights: CurrentRights,
        failures: int,
        longest_wait_s: float,
        lasts: timedelta,
        idle: timedelta,
        clock: Callable[[], datetime],
        seconds: Callable[[], float],
        ended: Callable[[bytes], None],
        tried: Callable[[str], None],
    ) -> None:
        self._database = database
        self._rights = rights
        self._lasts = lasts
        self.idle = idle
        self._clock = clock
        self._seconds = seconds
        self._ended = ended
        self._tried = tried
        self._guesses = Guesses(failures=failures, longest_wait_s=longest_wait_s)
        self._checks = PasswordChecks()
        self._nobodys_hash = hash_password(secrets.token_urlsafe())

    async def sign_on(self, *, login: str, password: str, address: str, device: str) -> Begun:
        """Begin a session.

        Args:
            login: of the account.
            password: as given.
            address: the address of the request.
            device: the cookie that makes the browser known; empty without one.

        Raises:
            Refusal: 401, the login or the password is wrong; 429, there were too many failed attempts, or too
                many people sign on at once.
            DatabaseAwayError: the database is unreachable.
        """
        client = client_of(address)
        if not devices.claims(device, login):  # an attempt that must wait costs no query
            self._refuse_for(self._guesses.client_wait_s(client, self._seconds()))
        async with self._database.reading() as connection:
            operator = await find_operator(connection, login)
        if (
            operator is not None and not operator.enabled
        ):  # treated like an unknown login: the same error in the same time
            operator = None
        password_hash = operator.password_hash if operator is not None else self._nobodys_hash
        attempt = Attempt(
            login=login,
            exists=operator is not None,
            client=client,
            device=devices.known(device, login, password_hash, self._clock()) if operator else None,
        )
        await self._check(attempt, password, password_hash, address)
        assert operator is not None
        return await self._begin(operator, password, device, address)

    async def find(self, token: str, *, used: bool) -> SignedOn | None:
        """The session of a token, while it is valid.

        Args:
            token: of the browser's cookie.
            used: whether this counts as use of the session.

        Raises:
            Refusal: 401, the session was not used for too long.
        """
        now = self._clock()
        async with self._database.reading() as connection:
            session = await find_session(connection, token, now=now)
            if session is None:
                return None
            await self._rights.follow(connection, session.rights_version)
        if session.used_at + self.idle <= now:
            raise Refusal(401, "session_idle", "the session was not used for too long; sign on again")
        if used and now - session.used_at >= min(_NOTED_EVERY, self.idle / _NOTED_AT_LEAST):
            async with self._database.changing() as connection:
                await use_session(connection, session.token_hash, now=now)
        return session

    async def end(self, session: SignedOn) -> None:
        """End a session, and its live feeds."""
        async with self._database.changing() as connection:
            await end_session(connection, session.token_hash)
        self._ended(session.token_hash)

    async def change_password(
        self, session: SignedOn, *, password: str, new: str, address: str, device: str
    ) -> str:
        """Give the account of a session a new password; its other sessions end.

        Returns:
            The browser's new cookie that makes it known.

        Raises:
            Refusal: 403, the password is wrong; 422, the new one is weak; 429, there were too many attempts.
        """
        _refuse_weak(new, known_words=[session.login, session.display_name])
        async with self._database.reading() as connection:
            operator = await find_operator(connection, session.login)
        if operator is None:
            raise Refusal(401, "not_signed_on", "this account does not exist any more")
        # A caller with a session is no stranger: each session is counted separately, like a known browser.
        attempt = Attempt(
            login=operator.login, exists=True, client=client_of(address), device=session.token_hash.hex()
        )
        try:
            await self._check(attempt, password, operator.password_hash, address)
        except Refusal as refusal:
            if refusal.status != 401:  # noqa: PLR2004 only a wrong password becomes another answer here
                raise
            raise Refusal(403, "wrong_password", "the present password is wrong") from None
        password_hash = await self._checks.hash(new)
        async with self._database.changing() as connection:
            ended = await change_password(connection, session, password_hash=password_hash)
        for token_hash in ended:
            self._ended(token_hash)
        log.info("%s has a new password; %d other sessions ended", session.login, len(ended))
        return devices.remember(device, session.login, password_hash, self._clock())

    async def hash_of(self, password: str, *, known_words: Sequence[str]) -> str:
        """The hash of a new password for an account.

        Raises:
            Refusal: 422, it is weak; 429, too many people sign on at once.
        """
        _refuse_weak(password, known_words=known_words)
        return await self._checks.hash(password)

    async def _check(self, attempt: Attempt, password: str, password_hash: str, address: str) -> None:
        now_s = self._seconds()
        self._refuse_for(self._guesses.wait_s(attempt, now_s))
        self._guesses.begin(attempt, now_s)
        try:
            right = await self._checks.is_right(
                password, password_hash, client=attempt.client, known=attempt.device is not None
            )
        except BaseException as error:
            self._guesses.undo(attempt)
            if isinstance(error, Refusal):
                self._tried("busy")
            raise
        if not attempt.exists or not right:
            self._guesses.failed(attempt, now_s)
            self._tried("wrong")
            log.warning("wrong login or password for %r from %s", attempt.login, address)
            raise Refusal(401, "wrong_credentials", _WRONG)
        self._guesses.succeeded(attempt)
        self._tried("right")

    async def _begin(self, operator: Operator, password: str, device: str, address: str) -> Begun:
        newer = await self._checks.hash(password) if is_outdated(operator.password_hash) else None
        now = self._clock()
        async with self._database.changing() as connection:
            if newer is not None:
                await set_password_hash(connection, login=operator.login, password_hash=newer)
            begun = await begin_session(connection, operator, now=now, lasts=self._lasts)
            if begun is None:
                raise Refusal(401, "wrong_credentials", _WRONG)
            token, session = begun
            await self._rights.follow(connection, session.rights_version)
        log.info("%s signed on from %s", session.login, address)
        remembered = devices.remember(device, operator.login, newer or operator.password_hash, now)
        return Begun(token=token, session=session, device=remembered)

    def _refuse_for(self, wait_s: float) -> None:
        if wait_s <= 0:
            return
        self._tried("waits")
        wait = str(math.ceil(wait_s))
        raise Refusal(
            429,
            "too_many_attempts",
            f"too many failed attempts; wait {wait} s, then try again",
            {"Retry-After": wait},
        )


def _refuse_weak(password: str, *, known_words: Sequence[str]) -> None:
    weak = why_refused(password, known_words=known_words)
    if weak is not None:
        raise Refusal(422, f"password_{weak}", _WEAK[weak])
