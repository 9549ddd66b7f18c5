"""A small RTSP server for one H.264 stream over TCP or UDP: enough of RFC 2326 and RFC 6184 for a client to
play it.

Tests make it disconnect, fall silent, refuse, or send irregular streams.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import Final

import av
from av.bitstream import BitStreamFilterContext

_START: Final = re.compile(rb"\x00\x00\x00?\x01")
_CLOCK_HZ: Final = 90_000
_MAX_BYTES: Final = 1400
_FU_A: Final = 28

Unit = bytes


def access_units(clip: Path) -> list[tuple[float, list[Unit]]]:
    """The NAL units of each frame of a clip, with its time in seconds."""
    units = []
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        annex_b = BitStreamFilterContext("h264_mp4toannexb", stream)
        for packet in container.demux(stream):
            for filtered in annex_b.filter(packet):
                if filtered.size and filtered.pts is not None and filtered.time_base is not None:
                    nals = [unit for unit in _START.split(bytes(filtered)) if unit]
                    units.append((float(filtered.pts * filtered.time_base), nals))
    return units


class RtspServer:
    """Serves a clip repeatedly, in real time, to each client.

    Args:
        clip: H.264 in a file.
        mute: methods that are never answered.
        status: the answer to DESCRIBE, such as `401 Unauthorized`.
        timeout_s: after which a session without a sign of life would end, as told to the client.
        stamp: the RTP timestamp of a frame, from its time in seconds.
        arrange: how the NAL units of a frame are sent.

    Attributes:
        plays: the number of accepted PLAY requests.
        asked: the requested methods, in order.
        silent: while set, PLAY is accepted and no packets are sent.
        broken: when set, the connection is cut.
    """

    def __init__(
        self,
        clip: Path,
        *,
        mute: Container[str] = (),
        status: str = "200 OK",
        timeout_s: int = 60,
        stamp: Callable[[float], int] = lambda media_s: int(media_s * _CLOCK_HZ),
        arrange: Callable[[list[Unit]], list[Unit]] = lambda units: units,
    ) -> None:
        self.plays = 0
        self.asked: list[str] = []
        self.silent = threading.Event()
        self.broken = threading.Event()
        self._mute = mute
        self._status = status
        self._timeout_s = timeout_s
        self._stamp = stamp
        self._units = access_units(clip)
        self._sets = [unit for unit in self._units[0][1] if unit[0] & 31 in (7, 8)]
        self._round_s = self._units[-1][0] + self._units[1][0] - self._units[0][0]
        self._units = [(media_s, arrange(units)) for media_s, units in self._units]
        self._over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        self._threads = [threading.Thread(target=self._accept, name="rtsp server")]
        self._threads[0].start()

    @property
    def url(self) -> str:
        """Its address, with a password that must appear nowhere."""
        return f"rtsp://admin:hidden@127.0.0.1:{self._socket.getsockname()[1]}/stream"

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(10)
        self._socket.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = self._socket.accept()
                thread = threading.Thread(target=self._serve, args=(connection,), name="rtsp client")
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.ExitStack() as ending, contextlib.suppress(OSError):
            connection.settimeout(0.2)
            sender = _Sender(connection)
            for request in self._requests(connection):
                method, _, rest = request.partition(" ")
                self.asked.append(method)
                if method in self._mute:
                    continue
                sender.answer(self._answer(method, rest, request))
                ports = re.search(r"client_port=(\d+)", request)
                if ports is not None:
                    sender.over_udp(
                        ending.enter_context(socket.socket(type=socket.SOCK_DGRAM)), int(ports[1])
                    )
                if method == "PLAY":
                    self.plays += 1
                    playing = threading.Thread(target=self._play, args=(sender,), name="rtsp play")
                    ending.callback(playing.join, 10)
                    ending.callback(sender.end)
                    playing.start()
                elif method == "TEARDOWN":
                    return

    def _answer(self, method: str, rest: str, request: str) -> str:
        sequence = re.search(r"CSeq: *(\d+)", request, re.IGNORECASE)
        lines = [f"CSeq: {sequence[1] if sequence else 0}", f"Session: 7;timeout={self._timeout_s}"]
        body, status = "", "200 OK"
        if method == "OPTIONS":
            lines.append("Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN")
        elif method == "DESCRIBE":
            status = self._status
            if status.startswith("401"):
                lines.append('WWW-Authenticate: Basic realm="camera"')
            else:
                body = self._description()
                lines.append(f"Content-Type: application/sdp\r\nContent-Length: {len(body)}")
                lines.append(f"Content-Base: {rest.split(maxsplit=1)[0]}/")
        elif method == "SETUP":
            asked = re.search(r"Transport: *([^\r]+)", request, re.IGNORECASE)
            assert asked is not None
            udp = ";server_port=50000-50001" if "client_port" in asked[1] else ""
            lines.append(f"Transport: {asked[1].partition(',')[0]}{udp}")
        return "\r\n".join([f"RTSP/1.0 {status}", *lines]) + "\r\n\r\n" + body

    def _requests(self, connection: socket.socket) -> Iterator[str]:
        received = b""
        while not self._over.is_set() and not self.broken.is_set():
            request, found, rest = received.partition(b"\r\n\r\n")
            if found:
                received = rest
                yield request.decode(errors="replace").lstrip()
                continue
            with contextlib.suppress(TimeoutError):
                chunk = connection.recv(4096)
                if not chunk:
                    return
                received += chunk
                while received[:1] == b"$" and len(received) >= 4:  # RTCP of the client
                    received = received[4 + int.from_bytes(received[2:4]) :]

    def _description(self) -> str:
        sprop = ",".join(base64.b64encode(unit).decode() for unit in self._sets)
        return (
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=test\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            "m=video 0 RTP/AVP 96\r\n"
            f"a=rtpmap:96 H264/{_CLOCK_HZ}\r\na=fmtp:96 packetization-mode=1;sprop-parameter-sets={sprop}\r\n"
            "a=control:track1\r\n"
        )

    def _play(self, sender: _Sender) -> None:
        began = time.monotonic()
        sequence = 0
        for rounds in itertools.count():
            for media_s, units in self._units:
                due_s = rounds * self._round_s + media_s
                while (rest_s := began + due_s - time.monotonic()) > 0:
                    self._over.wait(min(rest_s, 0.1))
                    if self._over.is_set() or self.broken.is_set() or sender.ended:
                        return
                if self.silent.is_set():
                    continue
                for packet in _packets(units, self._stamp(due_s), sequence):
                    sender.send(packet)
                    sequence += 1


class _Sender:
    """Sends RTP packets within the connection, or over UDP, and answers in between."""

    def __init__(self, connection: socket.socket) -> None:
        self.ended = False
        self._connection = connection
        self._lock = threading.Lock()
        self._datagrams: tuple[socket.socket, int] | None = None

    def over_udp(self, datagrams: socket.socket, port: int) -> None:
        self._datagrams = (datagrams, port)

    def answer(self, text: str) -> None:
        with self._lock:
            self._connection.sendall(text.encode())

    def send(self, packet: bytes) -> None:
        with self._lock:
            if self.ended:
                return
            try:
                if self._datagrams is not None:
                    datagrams, port = self._datagrams
                    datagrams.sendto(packet, ("127.0.0.1", port))
                else:
                    self._connection.sendall(struct.pack(">cBH", b"$", 0, len(packet)) + packet)
            except OSError:
                self.ended = True

    def end(self) -> None:
        with self._lock:
            self.ended = True


def _packets(units: list[Unit], timestamp: int, sequence: int) -> Iterator[bytes]:
    """RTP packets of one access unit: whole NAL units, or fragments (FU-A) of those too large."""
    pieces: list[bytes] = []
    for unit in units:
        if len(unit) <= _MAX_BYTES:
            pieces.append(unit)
            continue
        indicator, kind = (unit[0] & 0xE0) | _FU_A, unit[0] & 31
        parts = [unit[start : start + _MAX_BYTES] for start in range(1, len(unit), _MAX_BYTES)]
        for number, part in enumerate(parts):
            header = kind | (0x80 if number == 0 else 0) | (0x40 if number == len(parts) - 1 else 0)
            pieces.append(bytes([indicator, header]) + part)
    for number, piece in enumerate(pieces):
        marker = 0x80 if number == len(pieces) - 1 else 0
        head = struct.pack(
            ">BBHII", 0x80, 96 | marker, (sequence + number) & 0xFFFF, timestamp & 0xFFFFFFFF, 7
        )
        yield head + piece
