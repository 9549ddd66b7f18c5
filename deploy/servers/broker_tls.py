"""Mosquitto over TLS: its configuration lines and files."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import mqtt5

_FOLDER: Final = "tls"
_LINES: Final = """\
certfile {folder}/{tls}/certificate.pem
keyfile {folder}/{tls}/key.pem
tls_version tlsv1.2
"""
_CLIENTS: Final = """\
# A client needs a certificate of this CA and its password: the password identifies the account.
cafile {folder}/{tls}/ca.pem
crlfile {folder}/{tls}/crl.pem
require_certificate true
use_identity_as_username false
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerTls:
    """The certificates of a broker, and what it requires of clients; all PEM.

    Attributes:
        ca: the CA's certificate.
        crl: its revocation list.
        certificate: the broker's own.
        key: its private key.
        client_certificates: whether clients need one of the CA.
    """

    ca: Path
    crl: Path
    certificate: Path
    key: Path
    client_certificates: bool = False

    def lines(self, folder: str) -> str:
        """The listener's lines; `folder` is the path as the broker sees it."""
        lines = _LINES + (_CLIENTS if self.client_certificates else "")
        return lines.format(folder=folder, tls=_FOLDER)

    def copy_into(self, folder: Path) -> None:
        """Write the files into the broker's folder."""
        place = folder / _FOLDER
        place.mkdir(mode=0o700, exist_ok=True)
        owner = place.stat()  # the broker's own user, once it has started
        for name in ("ca", "crl", "certificate", "key"):
            copy = place / f".{name}.pem"
            copy.unlink(missing_ok=True)
            copy.touch(mode=0o600)
            shutil.copyfile(getattr(self, name), copy)
            if os.geteuid() == 0:
                os.chown(copy, owner.st_uid, owner.st_gid)
            copy.rename(place / f"{name}.pem")

    def answers(self, host: str, port: int, *, timeout_s: float = 2.0) -> bool:
        """Whether an MQTT 5 broker answers over TLS; it may refuse us, because we show no client certificate.

        Raises:
            OSError: no connection.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False  # whether it has started is asked, and nothing is told
        context.load_verify_locations(self.ca)
        with (
            socket.create_connection((host, port), timeout_s) as plain,
            context.wrap_socket(plain, server_hostname=host) as connection,
        ):
            if self.client_certificates:
                return True
            connection.sendall(mqtt5.ConnectPacket(client_id="", clean_start=True).write())
            return connection.recv(1)[:1] == b"\x20"  # CONNACK
