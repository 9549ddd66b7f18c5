"""How long whoever guesses passwords must wait. Pure: the time is handed in.

A browser from which an account has signed on before is counted by itself, and waits for no stranger's
failures. All others share counts: of the login from one client, of the login from everywhere, and of the
client for all logins. So many strangers together are as slow as one, and none of them locks out a person at a
browser of theirs (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from center.people.throttle import Throttle

_EVERYWHERE_FACTOR: Final = 4
"""A login may fail so many times more often from unknown browsers everywhere than from one client's."""

_CLIENT_FACTOR: Final = 10
"""A client may fail so many times more often than a login from it: offices share an address."""

_NOBODY_BUCKETS: Final = 4096
"""Logins that don't exist share so many counts: whoever invents them pushes no real one out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Somebody tries a password.

    Attributes:
        login: as given.
        exists: whether there is such an account.
        client: the network address that limits are counted by.
        device: which known browser it is, or None for one that has not signed on with this login before.
    """

    login: str
    exists: bool
    client: str
    device: str | None


class Guesses:
    """Counts failures, and makes each further one cost twice the wait.

    An attempt counts against its login as failed until it has succeeded, so that many at once are no way
    around the wait; against its client only once it has failed, so that a shift may sign on at once.

    Args:
        failures: without a wait, for one login from one client, or from one known browser.
        longest_wait_s: seconds of a wait at most.
    """

    def __init__(self, *, failures: int, longest_wait_s: float) -> None:
        self._by_device = Throttle(free=failures, longest_wait_s=longest_wait_s)
        self._by_login_and_client = Throttle(free=failures, longest_wait_s=longest_wait_s)
        self._by_login = Throttle(free=failures * _EVERYWHERE_FACTOR, longest_wait_s=longest_wait_s)
        self._by_client = Throttle(free=failures * _CLIENT_FACTOR, longest_wait_s=longest_wait_s)

    def client_wait_s(self, client: str, now_s: float) -> float:
        """Seconds that an unknown browser of a client must wait, whatever the login; 0 for none."""
        return self._by_client.wait_s(client, now_s)

    def wait_s(self, attempt: Attempt, now_s: float) -> float:
        """Seconds until this may be tried; 0 for now."""
        waits = [throttle.wait_s(key, now_s) for throttle, key in self._counts(attempt)]
        if attempt.device is None:
            waits.append(self._by_client.wait_s(attempt.client, now_s))
        return max(waits)

    def begin(self, attempt: Attempt, now_s: float) -> None:
        """It is tried: count it."""
        for throttle, key in self._counts(attempt):
            throttle.attempt(key, now_s)

    def failed(self, attempt: Attempt, now_s: float) -> None:
        """The password was wrong."""
        if attempt.device is None:
            self._by_client.attempt(attempt.client, now_s)

    def succeeded(self, attempt: Attempt) -> None:
        """It was right: forget this browser's failures, and those of the login from this client.

        What strangers elsewhere have tried on the login stays counted, or each sign-on of its owner would
        give them as many guesses again.
        """
        for throttle, key in self._counts(attempt):
            if throttle is self._by_login:
                throttle.undo(key)
            else:
                throttle.forgive(key)

    def undo(self, attempt: Attempt) -> None:
        """It came to nothing: neither right nor wrong."""
        for throttle, key in self._counts(attempt):
            throttle.undo(key)

    def _counts(self, attempt: Attempt) -> list[tuple[Throttle, Hashable]]:
        if attempt.device is not None:
            return [(self._by_device, (attempt.login, attempt.device))]
        name: Hashable = attempt.login if attempt.exists else _bucket(attempt.login)
        return [(self._by_login_and_client, (name, attempt.client)), (self._by_login, name)]


def _bucket(login: str) -> int:
    return int.from_bytes(hashlib.sha256(login.encode()).digest()[:4]) % _NOBODY_BUCKETS
