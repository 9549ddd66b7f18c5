"""Mosquitto over TLS: its lines of configuration, and the files that it reads."""

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
# A client needs a certificate of this CA, and its password as well: the password says who it is.
cafile {folder}/{tls}/ca.pem
crlfile {folder}/{tls}/crl.pem
require_certificate true
use_identity_as_username false
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerTls:
    """What a broker shows, and what it wants to see; all PEM.

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
        """The listener's lines, for a broker that sees its folder there."""
        lines = _LINES + (_CLIENTS if self.client_certificates else "")
        return lines.format(folder=folder, tls=_FOLDER)

    def copy_into(self, folder: Path) -> None:
        """Put the files where the broker reads them."""
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
        """Whether an MQTT 5 broker answers over TLS there; it may refuse us, without a certificate of ours.

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
