"""The MQTT 5 connection of a simulated device: sends packets and reads acknowledgements."""

from __future__ import annotations

import asyncio
from typing import Final, cast

import mqtt5

from program.broker_address import BrokerAddress
from program.tls import TlsFiles, client_tls

_PUBACK: Final = 0x40
_NO_MATCHING_SUBSCRIBERS: Final = 0x10
_TRUSTED: Final = TlsFiles()


async def connect(url: str, *, keep_alive: int = 60, files: TlsFiles = _TRUSTED) -> Wire:
    """A connection that the broker has accepted.

    Args:
        url: `mqtt://user:password@host:port`, or `mqtts://…`.
        keep_alive: seconds.
        files: the CA to trust, and the client certificate to present.

    Raises:
        OSError: the connection fails.
        RuntimeError: the broker refuses it.
        ProgramError: the address is invalid, or a file cannot be used.
    """
    address = BrokerAddress.parse(url)
    tls = client_tls(address, files)
    packet = mqtt5.ConnectPacket(
        "",
        username=address.user,
        password=address.password.encode() if address.password else None,
        clean_start=True,
        keep_alive=keep_alive,
    ).write()
    loop = asyncio.get_running_loop()
    context = tls.context() if tls is not None else None
    _, wire = await loop.create_connection(lambda: Wire(packet), address.host, address.port, ssl=context)
    try:
        await wire.welcome
    except BaseException:
        wire.close()
        raise
    return wire


class Wire(asyncio.Protocol):
    """The socket of one connection."""

    def __init__(self, connect: bytes) -> None:
        loop = asyncio.get_running_loop()
        self._connect = connect
        self._rest = b""
        self._news = asyncio.Event()
        self._taken: list[int] = []
        self._unheard: list[int] = []
        self._transport: asyncio.Transport | None = None
        self.welcome: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._connect)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed."""
        del exc  # whatever the cause, the messages are sent again
        self._transport = None
        if not self.welcome.done():
            self.welcome.set_exception(ConnectionResetError("no welcome"))
        if not self.ended.done():
            self.ended.set_result(None)
        self._news.set()

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        data = self._rest + data
        if not self.welcome.done():
            try:
                answer, length = mqtt5.read(memoryview(data))
            except IndexError:
                self._rest = data
                return
            code = getattr(answer, "reason_code", None)
            if code is not mqtt5.ConnAckReasonCode.SUCCESS:
                self.welcome.set_exception(RuntimeError(f"the broker refused a device: {code}"))
                return
            self.welcome.set_result(None)
            data = data[length:]
        at = 0
        while len(data) - at >= 2 and len(data) - at >= 2 + data[at + 1]:
            if data[at] == _PUBACK:
                taken = data[at + 1] == 2 or data[at + 4] != _NO_MATCHING_SUBSCRIBERS
                (self._taken if taken else self._unheard).append(data[at + 2] << 8 | data[at + 3])
            at += 2 + data[at + 1]
        self._rest = data[at:]
        self._news.set()

    async def acknowledgements(self) -> tuple[list[int], list[int]]:
        """Wait for acknowledgements: packet ids accepted since the last call, and those without a subscriber.

        Raises:
            ConnectionResetError: the connection has ended.
        """
        await self._news.wait()
        self._news.clear()
        if self.ended.done() and not self._taken and not self._unheard:
            raise ConnectionResetError("the broker closed the connection")
        found = self._taken, self._unheard
        self._taken, self._unheard = [], []
        if self.ended.done():
            self._news.set()
        return found

    def wake(self) -> None:
        """Let `acknowledgements` return, with or without new ones."""
        self._news.set()

    def send(self, data: bytes) -> None:
        """Write packets; they are discarded if the connection has ended."""
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        """Close it when everything is written."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Abort it, without DISCONNECT."""
        if self._transport is not None:
            self._transport.abort()
