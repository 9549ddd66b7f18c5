"""Browsers on the live feed: each gets a snapshot, then changes whenever it can take them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from cases import Rights
from center.live.models import Entity, NoticesChanged, SystemStatus
from center.live.state import LiveState
from center.live.view import LiveView
from center.metrics import Metrics
from center.people.caller import Caller
from store.operators import SignedOn

SESSION_ENDED: Final = 4401
TRY_AGAIN_LATER: Final = 1013
TOO_MANY: Final = 4429
RIGHTS_CHANGED: Final = 4403

_HELD_UP_S: Final = 1.0
"""Seconds. A browser that is not ready for its next message after this counts as slow."""

_SIGN_OF_LIFE_S: Final = 5.0
"""Seconds. If nothing changes, an empty delta tells a browser that its data are current."""

_GOODBYE_S: Final = 1.0


@dataclass(eq=False, slots=True, kw_only=True)
class _Browser:
    """One browser on the feed.

    Attributes:
        view: what it may see.
        ended: set when its session has ended, or its view has changed.
        code: the close code for that case.
        notices_changed: whether to tell it so.
    """

    socket: WebSocket
    session: SignedOn
    view: LiveView
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    code: int = SESSION_ENDED
    notices_changed: bool = False


class LiveFeed:
    """Feeds browsers from the live state.

    A browser waits only for its own socket, and gets everything that changed since its last message, however
    long that took. A slow browser gets fewer and larger deltas, and never delays another. Browsers with the
    same version share the same text.

    Args:
        state: the live state.
        metrics: counts browsers, messages and bytes.
        clock: returns now, aware.
        send_s: minimum seconds between two messages to the same browser.
        slow_s: seconds for which a browser may not take a message before it is cut off.
        maximum: maximum number of browsers.
        max_of_session: maximum number for one session.
        max_of_account: maximum number for all sessions of one account.
    """

    def __init__(
        self,
        *,
        state: LiveState,
        metrics: Metrics,
        clock: Callable[[], datetime],
        send_s: float,
        slow_s: float,
        maximum: int,
        max_of_session: int,
        max_of_account: int,
    ) -> None:
        self._state = state
        self._metrics = metrics
        self._clock = clock
        self._send_s = send_s
        self._slow_s = slow_s
        self._maximum = maximum
        self._max_of_session = max_of_session
        self._max_of_account = max_of_account
        self._browsers: set[_Browser] = set()
        self._news = asyncio.Event()
        self._texts: dict[tuple[LiveView, int | None], str] = {}
        self._texts_version = 0

    def entities(self) -> list[Entity]:
        """All entities that are live now."""
        return self._state.entities()

    def status(self) -> SystemStatus:
        """The status strip."""
        return self._state.status

    @property
    def browsers(self) -> int:
        """The number of browsers on the feed."""
        return len(self._browsers)

    def tell(self) -> None:
        """Wake the browsers that wait for a change of the state."""
        self._news.set()
        self._news = asyncio.Event()

    def tell_notices(self, logins: Collection[str]) -> None:
        """Tell the browsers of some accounts that their notices have changed."""
        for browser in self._browsers:
            if browser.session.login in logins:
                browser.notices_changed = True
        self.tell()

    def sessions(self) -> set[bytes]:
        """Token hashes of the sessions on the feed."""
        return {browser.session.token_hash for browser in self._browsers}

    def end(self, token_hash: bytes) -> None:
        """A session has ended: close its feeds."""
        for browser in self._browsers:
            if browser.session.token_hash == token_hash:
                browser.ended.set()

    def follow(self, session: SignedOn, rights: Rights) -> None:
        """Compare a session with its feeds, and close feeds whose view has changed.

        A browser that connects again gets a new snapshot with its new view.
        """
        for browser in self._browsers:
            if browser.session.token_hash == session.token_hash:
                caller = Caller(session=session, rights=rights, client="")
                if LiveView.of(caller) != browser.view:
                    browser.code = RIGHTS_CHANGED
                    browser.ended.set()

    async def serve(self, browser: WebSocket, caller: Caller) -> None:
        """Feed one browser until it leaves or its session ends."""
        session = caller.session
        await browser.accept()
        if len(self._browsers) >= self._maximum:
            await _say_goodbye(
                browser, TRY_AGAIN_LATER, "this center feeds the maximum number of browsers already"
            )
            return
        of_account = [other for other in self._browsers if other.session.login == session.login]
        of_session = sum(other.session.token_hash == session.token_hash for other in of_account)
        if of_session >= self._max_of_session or len(of_account) >= self._max_of_account:
            await _say_goodbye(browser, TOO_MANY, "this account has the maximum number of live feeds already")
            return
        fed = _Browser(socket=browser, session=session, view=LiveView.of(caller))
        self._browsers.add(fed)
        try:
            await self._until_end(fed)
        finally:
            self._browsers.discard(fed)

    async def _until_end(self, fed: _Browser) -> None:
        tasks = {
            asyncio.create_task(_until_gone(fed.socket), name="live: listen"),
            asyncio.create_task(self._send(fed), name="live: send"),
            (ended := asyncio.create_task(fed.ended.wait(), name="live: session")),
        }
        left_s = (fed.session.expires_at - self._clock()).total_seconds()
        try:
            done, _ = await asyncio.wait(tasks, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if not done or ended in done:
            reason = (
                "the session has ended" if fed.code == SESSION_ENDED else "the account's rights have changed"
            )
            await _say_goodbye(fed.socket, fed.code, reason)
        for task in done:
            task.result()  # an internal error must be reported

    async def _send(self, fed: _Browser) -> None:
        loop = asyncio.get_running_loop()
        version, text = self._state.version, self._snapshot(fed.view)
        while True:
            began = loop.time()
            try:
                async with asyncio.timeout(self._slow_s):
                    await fed.socket.send_text(text)
            except TimeoutError:
                self._metrics.cut_off.inc()
                return
            except WebSocketDisconnect:
                return
            sent = loop.time()
            self._metrics.count_sent(len(text), held_up=sent - began > _HELD_UP_S)
            await asyncio.sleep(self._send_s)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SIGN_OF_LIFE_S):
                    while self._state.version == version and not fed.notices_changed:
                        await self._news.wait()
            if fed.notices_changed:
                fed.notices_changed = False
                text = msgspec.json.encode(NoticesChanged(at=self._clock())).decode()
            else:
                version, text = self._state.version, self._delta(fed.view, version)

    def _snapshot(self, view: LiveView) -> str:
        return self._text(view, None, lambda: self._state.snapshot(self._clock(), view))

    def _delta(self, view: LiveView, since: int) -> str:
        return self._text(view, since, lambda: self._state.delta(since, self._clock(), view))

    def _text(self, view: LiveView, since: int | None, make: Callable[[], msgspec.Struct]) -> str:
        """The message from one version to the newest, encoded once for all browsers with the same view."""
        if self._texts_version != self._state.version:
            self._texts.clear()
            self._texts_version = self._state.version
        text = self._texts.get((view, since))
        if text is None:
            text = self._texts[view, since] = msgspec.json.encode(make()).decode()
        return text


async def _until_gone(socket: WebSocket) -> None:
    """Wait until the browser leaves; its messages are ignored."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _say_goodbye(socket: WebSocket, code: int, reason: str) -> None:
    with contextlib.suppress(
        TimeoutError, WebSocketDisconnect, RuntimeError
    ):  # the browser may have left already
        async with asyncio.timeout(_GOODBYE_S):
            await socket.close(code, reason)
