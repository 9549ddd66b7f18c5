"""How long an attacker who guesses passwords must wait. Pure: the time is passed in.

A browser from which an account has signed on before is counted separately, and does not wait for a stranger's
failures. All other browsers share counts: of the login from one client, of the login from everywhere, and of
the client for all logins. Many strangers together are therefore as slow as one, and none of them locks out a
person at a known browser (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from center.people.throttle import Throttle

_EVERYWHERE_FACTOR: Final = 4
"""Factor: a login may fail this many times more often from all unknown browsers than from one client."""

_CLIENT_FACTOR: Final = 10
"""Factor: a client may fail this many times more often than one login from it, because offices share an
address."""

_NOBODY_BUCKETS: Final = 4096
"""Counts that unknown logins share, which keeps invented logins from displacing real ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt to sign on.

    Attributes:
        login: as given.
        exists: whether there is such an account.
        client: the network address that limits are counted by.
        device: the known browser, or None for a browser that has not signed on with this login before.
    """

    login: str
    exists: bool
    client: str
    device: str | None


class Guesses:
    """Counts failures, and doubles the wait with each further one.

    An attempt counts against its login as failed until it has succeeded, so parallel attempts do not avoid
    the wait. It counts against its client only after it has failed, so a whole shift can sign on at once.

    Args:
        failures: failures without a wait, for one login from one client, or from one known browser.
        longest_wait_s: longest wait, seconds.
    """

    def __init__(self, *, failures: int, longest_wait_s: float) -> None:
        self._by_device = Throttle(free=failures, longest_wait_s=longest_wait_s)
        self._by_login_and_client = Throttle(free=failures, longest_wait_s=longest_wait_s)
        self._by_login = Throttle(free=failures * _EVERYWHERE_FACTOR, longest_wait_s=longest_wait_s)
        self._by_client = Throttle(free=failures * _CLIENT_FACTOR, longest_wait_s=longest_wait_s)

    def client_wait_s(self, client: str, now_s: float) -> float:
        """Seconds that an unknown browser of a client must wait, whatever the login; 0: no wait."""
        return self._by_client.wait_s(client, now_s)

    def wait_s(self, attempt: Attempt, now_s: float) -> float:
        """Seconds until the attempt is allowed; 0: now."""
        waits = [throttle.wait_s(key, now_s) for throttle, key in self._counts(attempt)]
        if attempt.device is None:
            waits.append(self._by_client.wait_s(attempt.client, now_s))
        return max(waits)

    def begin(self, attempt: Attempt, now_s: float) -> None:
        """Count an attempt that begins."""
        for throttle, key in self._counts(attempt):
            throttle.attempt(key, now_s)

    def failed(self, attempt: Attempt, now_s: float) -> None:
        """The password was wrong."""
        if attempt.device is None:
            self._by_client.attempt(attempt.client, now_s)

    def succeeded(self, attempt: Attempt) -> None:
        """The password was right: forget this browser's failures, and those of the login from this client.

        Failures from elsewhere stay counted. Otherwise each sign-on of the owner would give attackers as many
        guesses again.
        """
        for throttle, key in self._counts(attempt):
            if throttle is self._by_login:
                throttle.undo(key)
            else:
                throttle.forgive(key)

    def undo(self, attempt: Attempt) -> None:
        """The attempt had no result: neither right nor wrong."""
        for throttle, key in self._counts(attempt):
            throttle.undo(key)

    def _counts(self, attempt: Attempt) -> list[tuple[Throttle, Hashable]]:
        if attempt.device is not None:
            return [(self._by_device, (attempt.login, attempt.device))]
        name: Hashable = attempt.login if attempt.exists else _bucket(attempt.login)
        return [(self._by_login_and_client, (name, attempt.client)), (self._by_login, name)]


def _bucket(login: str) -> int:
    return int.from_bytes(hashlib.sha256(login.encode()).digest()[:4]) % _NOBODY_BUCKETS
