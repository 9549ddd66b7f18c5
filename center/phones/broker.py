"""Publishes positions of phones with the center's account at the broker.

The broker ties a client id to its user, so one account has one connection at a time, and several centers
share the account. A connection is therefore made for the reports of half a second and closed after their
PUBACKs. If another center takes it over meanwhile, the reports are sent again: ingest recognises repeats.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from center.settings import Phones
from program.broker_address import BrokerAddress
from program.errors import ProgramError

log = logging.getLogger(__name__)

_GATHER_S: Final = 0.5
_PATIENCE_S: Final = 8.0
_TRIES: Final = 3
_MAX_WAITING: Final = 1000
_ACCEPTED: Final = 0
"""The only PUBACK that counts: with 16, no subscription matches, because ingest has never run."""


class BrokerAwayError(ProgramError):
    """Positions were not accepted by the broker; the sender keeps them and tries again."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message to publish."""

    topic: str
    payload: bytes


class PhoneBroker:
    """Publishes messages, in one connection for those that come at about the same time.

    Args:
        broker: the broker, and the center's account there.

    Raises:
        ProgramError: the address is malformed, or a file cannot be used.
    """

    def __init__(self, broker: Phones) -> None:
        self.is_on = bool(broker.user)
        self._address = BrokerAddress.parse(broker.url)
        self._user = broker.user
        self._password = broker.secret() if self.is_on else None
        self._tls = broker.tls() if self.is_on else None
        self._waiting: list[tuple[Message, asyncio.Future[None]]] = []
        self._came = asyncio.Event()

    async def publish(self, message: Message) -> None:
        """Publish a message; returns when the broker has accepted it.

        Raises:
            BrokerAwayError: it has not, or too many wait.
        """
        if len(self._waiting) >= _MAX_WAITING:
            raise BrokerAwayError("too many positions wait for the broker")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((message, done))
        self._came.set()
        await done

    async def run(self) -> None:
        """Publish what comes, until cancelled."""
        while True:
            await self._came.wait()
            await asyncio.sleep(_GATHER_S)
            self._came.clear()
            batch, self._waiting = self._waiting, []
            wanted = [(message, done) for message, done in batch if not done.done()]
            try:
                await self._publish([message for message, _ in wanted])
            except BrokerAwayError as error:
                log.warning("positions of phones: %s", error)
                for _, done in wanted:
                    if not done.done():
                        done.set_exception(BrokerAwayError(str(error)))
            else:
                for _, done in wanted:
                    if not done.done():
                        done.set_result(None)

    async def _publish(self, messages: Sequence[Message]) -> None:
        for attempt in range(1, _TRIES + 1):
            try:
                await asyncio.to_thread(self._send, messages)
            except BrokerAwayError:
                if attempt == _TRIES:
                    raise
                await asyncio.sleep(random.uniform(0.1, 0.6))  # noqa: S311 (another center may want it too)
            else:
                return

    def _send(self, messages: Sequence[Message]) -> None:
        """Connect, publish all, wait for their PUBACKs, disconnect. In a thread."""
        connected = threading.Event()
        refusals: list[str] = []
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._user,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )

        def on_connect(_client: object, _data: object, _flags: object, code: object, _more: object) -> None:
            if getattr(code, "is_failure", True):
                refusals.append(f"the broker refuses {self._user}: {code}")
            connected.set()

        def on_publish(_client: object, _data: object, _mid: int, code: object, _more: object) -> None:
            if getattr(code, "value", _ACCEPTED) != _ACCEPTED:
                refusals.append(f"the broker does not take a position: {code}")

        client.on_connect = on_connect
        client.on_publish = on_publish
        client.username_pw_set(self._user, self._password)
        try:
            if self._tls is not None:
                client.tls_set_context(self._tls.context())
            client.connect_timeout = _PATIENCE_S
            client.connect(self._address.host, self._address.port)
            client.loop_start()
            try:
                if not connected.wait(_PATIENCE_S):
                    refusals.append("the broker does not answer")
                elif not refusals:
                    sent = [client.publish(each.topic, each.payload, qos=1) for each in messages]
                    _wait(sent)
                client.disconnect()
            finally:
                client.loop_stop()
        except (OSError, ValueError, RuntimeError, ProgramError) as error:
            raise BrokerAwayError(
                f"the broker at {self._address} does not take positions ({error})"
            ) from None
        if refusals:
            raise BrokerAwayError(refusals[0])


def _wait(sent: Sequence[MQTTMessageInfo]) -> None:
    for each in sent:
        each.wait_for_publish(_PATIENCE_S)
        if not each.is_published():
            raise RuntimeError("no PUBACK came")
