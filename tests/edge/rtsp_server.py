"""A small RTSP server for one H.264 stream over TCP: enough of RFC 2326 and RFC 6184 for a client to play it.

It is told to break off, to fall silent, or to refuse, as cameras do.
"""

from __future__ import annotations

import base64
import contextlib
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av
from av.bitstream import BitStreamFilterContext

_START: Final = re.compile(rb"\x00\x00\x00?\x01")
_CLOCK_HZ: Final = 90_000
_MOST_BYTES: Final = 1400
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
    """Serves a clip over and over, in real time, to each client that asks.

    Attributes:
        plays: how often a client was let play.
        silent: while set, clients are let play and get nothing.
        broken: when set, the connection is cut.
    """

    def __init__(self, clip: Path) -> None:
        self.plays = 0
        self.silent = threading.Event()
        self.broken = threading.Event()
        self._units = access_units(clip)
        self._round_s = self._units[-1][0] + self._units[1][0] - self._units[0][0]
        self._over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        self._threads = [threading.Thread(target=self._accept, name="rtsp server")]
        self._threads[0].start()

    @property
    def url(self) -> str:
        """Where it is, with a password that must show up nowhere."""
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
        with connection, contextlib.suppress(OSError):
            connection.settimeout(10)
            for request in self._requests(connection):
                method, _, rest = request.partition(" ")
                sequence = re.search(r"CSeq: *(\d+)", request, re.IGNORECASE)
                number = sequence[1] if sequence else "0"
                body = self._description() if method == "DESCRIBE" else ""
                lines = [f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\nSession: 7;timeout=60"]
                if method == "OPTIONS":
                    lines.append("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
                elif method == "DESCRIBE":
                    lines.append(f"Content-Type: application/sdp\r\nContent-Length: {len(body)}")
                    lines.append(f"Content-Base: {rest.split()[0]}/")
                elif method == "SETUP":
                    lines.append("Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
                connection.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
                if method == "PLAY":
                    self.plays += 1
                    self._play(connection)
                    return

    def _requests(self, connection: socket.socket) -> Iterator[str]:
        received = b""
        while True:
            while b"\r\n\r\n" not in received:
                chunk = connection.recv(4096)
                if not chunk:
                    return
                received += chunk
            request, _, received = received.partition(b"\r\n\r\n")
            yield request.decode()

    def _description(self) -> str:
        sets = [unit for unit in self._units[0][1] if unit[0] & 31 in (7, 8)]
        sprop = ",".join(base64.b64encode(unit).decode() for unit in sets)
        return (
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=test\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
            f"a=rtpmap:96 H264/{_CLOCK_HZ}\r\na=fmtp:96 packetization-mode=1;sprop-parameter-sets={sprop}\r\n"
            "a=control:track1\r\n"
        )

    def _play(self, connection: socket.socket) -> None:
        began = time.monotonic()
        sequence = 0
        rounds = 0
        while True:
            for media_s, units in self._units:
                due_s = rounds * self._round_s + media_s
                while (rest_s := began + due_s - time.monotonic()) > 0:
                    self._over.wait(min(rest_s, 0.1))
                    if self._over.is_set() or self.broken.is_set():
                        return
                if self.silent.is_set():
                    continue
                for packet in _packets(units, int(due_s * _CLOCK_HZ), sequence):
                    connection.sendall(struct.pack(">cBH", b"$", 0, len(packet)) + packet)
                    sequence += 1
            rounds += 1


def _packets(units: list[Unit], timestamp: int, sequence: int) -> Iterator[bytes]:
    """RTP packets of one access unit: whole NAL units, or fragments (FU-A) of those too large."""
    pieces: list[bytes] = []
    for unit in units:
        if len(unit) <= _MOST_BYTES:
            pieces.append(unit)
            continue
        indicator, kind = (unit[0] & 0xE0) | _FU_A, unit[0] & 31
        parts = [unit[start : start + _MOST_BYTES] for start in range(1, len(unit), _MOST_BYTES)]
        for number, part in enumerate(parts):
            header = kind | (0x80 if number == 0 else 0) | (0x40 if number == len(parts) - 1 else 0)
            pieces.append(bytes([indicator, header]) + part)
    for number, piece in enumerate(pieces):
        marker = 0x80 if number == len(pieces) - 1 else 0
        head = struct.pack(
            ">BBHII", 0x80, 96 | marker, (sequence + number) & 0xFFFF, timestamp & 0xFFFFFFFF, 7
        )
        yield head + piece
