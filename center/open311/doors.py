"""Who may send a report: a system with a key, or anybody on the public page, within limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from casework.service_requests import PAGE
from center.open311.arguments import Arguments
from center.open311.errors import Open311Error
from center.open311.intake import ReportIntake
from center.web.media_types import PICTURES
from center.web.rates import Rates
from center.web.uploads import File

_HOUR_S: Final = 3600.0
_MAX_PICTURES: Final = 5


class Door(Protocol):
    """Admits reports before their files are read."""

    follows: bool
    """Whether senders may choose a token with which they read all of their report."""

    async def admit(self, arguments: Arguments, *, client: str) -> str:
        """The channel of a report.

        Args:
            arguments: of the request, as far as they came before the files.
            client: the sender's address.

        Raises:
            Open311Error: it is not admitted.
        """

    def check(self, files: tuple[File, ...]) -> None:
        """Refuse files that this door does not accept.

        Raises:
            Open311Error: 400.
        """


class KeyDoor:
    """For systems: admits whoever has a key.

    Args:
        intake: knows the keys.
    """

    follows = False

    def __init__(self, intake: ReportIntake) -> None:
        self._intake = intake

    async def admit(self, arguments: Arguments, *, client: str) -> str:
        """The channel of the key's holder."""
        return (await self._intake.key(arguments.get("api_key"), client=client)).channel

    def check(self, files: tuple[File, ...]) -> None:
        """Every file that staff may send is accepted."""


class PageDoor:
    """For the public page: admits anybody, within limits that only this process counts.

    Args:
        per_address: the maximum number of reports of one address in an hour.
        in_all: the maximum number in an hour of everybody together.
        seconds: a clock that never goes back.
        limited: called for each report that is refused.
    """

    follows = True

    def __init__(
        self, *, per_address: int, in_all: int, seconds: Callable[[], float], limited: Callable[[], None]
    ) -> None:
        self._of_address = Rates(maximum=per_address, within_s=_HOUR_S)
        self._in_all = Rates(maximum=in_all, within_s=_HOUR_S)
        self._seconds = seconds
        self._limited = limited

    async def admit(self, arguments: Arguments, *, client: str) -> str:
        """The channel of the page."""
        del arguments
        now_s = self._seconds()
        wait_s = self._of_address.wait_s(client, now_s)
        if wait_s == 0:
            wait_s = self._in_all.wait_s("", now_s)
        if wait_s > 0:
            self._limited()
            raise Open311Error(
                429,
                f"too many reports were sent; try again in {max(1, round(wait_s / 60))} minutes",
                {"Retry-After": str(max(1, round(wait_s)))},
            )
        return PAGE

    def check(self, files: tuple[File, ...]) -> None:
        """Only pictures, and only some."""
        if len(files) > _MAX_PICTURES:
            raise Open311Error(400, f"send {_MAX_PICTURES} pictures at most")
        if any(file.media_type not in PICTURES for file in files):
            raise Open311Error(400, "send pictures only: JPEG, PNG or WebP")
