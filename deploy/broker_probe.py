"""Probes of a broker as a client: whether it accepts an account, and whether it isolates accounts."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import mqtt5

from deploy.errors import DeployError
from program.broker_address import BrokerAddress
from program.errors import ProgramError
from program.redaction import public_address
from program.tls import ClientTls, TlsFiles, client_tls

_PATIENCE_S: Final = 10.0
_REFUSED: Final = 128
_CHUNK: Final = 4096
_KEEP_ALIVE_S: Final = 60
_ANSWERS: Final = (mqtt5.ConnAckPacket, mqtt5.PubAckPacket, mqtt5.PingRespPacket, mqtt5.DisconnectPacket)
_PLAIN: Final = TlsFiles()


class BrokerError(DeployError):
    """A broker does not answer, or refuses us; the text says which of the two, and the remedy."""


class RefusedError(BrokerError):
    """A broker does not have this user, or not with this password; the remedy is to create the account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """An account at a broker.

    Attributes:
        user: its user name.
        password: its password.
    """

    user: str
    password: str


def lets_anybody_in(url: str, *, tls: TlsFiles = _PLAIN) -> bool:
    """Whether the broker accepts a client without a user.

    Raises:
        BrokerError: it does not answer.
    """
    try:
        with session(url, None, tls=tls):
            return True
    except RefusedError:
        return False


def log_in(url: str, login: Login, *, tls: TlsFiles = _PLAIN) -> None:
    """Log in and disconnect.

    Raises:
        BrokerError: it does not answer, or it refuses.
    """
    with session(url, login, tls=tls):
        pass


def takes(url: str, topic: str, login: Login, *, tls: TlsFiles = _PLAIN) -> bool:
    """Whether a user may publish an empty message on a topic; if so, the message was published.

    Raises:
        BrokerError: it does not answer, or it refuses the user.
    """
    with session(url, login, tls=tls) as connection:
        packet = mqtt5.PublishPacket(topic, payload=b"", qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=1)
        connection.sendall(packet.write())
        answer = _read(connection, url)
        return isinstance(answer, mqtt5.PubAckPacket) and int(answer.reason_code) < _REFUSED


def can_take_over(url: str, *, owner: Login, stranger: Login, tls: TlsFiles = _PLAIN) -> bool:
    """Whether a second account can take over the session of the first by connecting with its client id.

    The session is created for this probe and is not kept.

    Raises:
        BrokerError: the broker does not answer, or refuses one of the two.
    """
    with (
        session(url, owner, client_id=owner.user, tls=tls) as owners,
        session(url, stranger, client_id=owner.user, tls=tls),
    ):
        try:
            owners.sendall(mqtt5.PingReqPacket().write())
            return not isinstance(_read(owners, url), mqtt5.PingRespPacket)
        except (OSError, BrokerError):  # it has hung up on the first
            return True


@contextmanager
def session(
    url: str, login: Login | None, *, client_id: str = "", tls: TlsFiles = _PLAIN
) -> Iterator[socket.socket]:
    """A connection that the broker has accepted.

    Args:
        url: the broker's address.
        login: our account; None for a client without a user.
        client_id: the requested client id.
        tls: the CA of the broker, and our own certificate.

    Raises:
        BrokerError: it does not answer, or it refuses.
    """
    shown = public_address(url)
    try:
        address = BrokerAddress.parse(url)
        secured = client_tls(address, tls)
    except ProgramError as error:
        raise BrokerError(str(error)) from None
    try:
        with _connect(address, secured) as connection:
            hello = mqtt5.ConnectPacket(
                client_id=client_id,
                clean_start=True,
                keep_alive=_KEEP_ALIVE_S,
                username=login.user if login else None,
                password=login.password.encode() if login else None,
            )
            connection.sendall(hello.write())
            answer = _read(connection, shown)
            if not isinstance(answer, mqtt5.ConnAckPacket) or int(answer.reason_code) >= _REFUSED:
                code = getattr(answer, "reason_code", None)
                why = code.name.replace("_", " ").lower() if code is not None else "no CONNACK"
                who = f"the user {login.user}" if login else "a client without a user"
                raise RefusedError(
                    f"the broker at {shown} refuses {who} ({why}); give it that account with its password"
                )
            yield connection
            with suppress(OSError):  # it may have hung up on us
                connection.sendall(mqtt5.DisconnectPacket().write())
    except OSError as error:
        if secured is not None and isinstance(error, ssl.SSLError):
            raise BrokerError(secured.explain(error, address=str(address))) from None
        raise BrokerError(
            f"no broker answers at {shown} ({error.strerror or error}); start it, "
            "or give its address in STREETWARDEN_MQTT_URL"
        ) from None


def _connect(address: BrokerAddress, tls: ClientTls | None) -> socket.socket:
    connection = socket.create_connection((address.host, address.port), _PATIENCE_S)
    if tls is None:
        return connection
    try:
        return tls.context().wrap_socket(connection, server_hostname=address.host)
    except OSError:
        connection.close()
        raise


def _read(connection: socket.socket, url: str) -> Any:
    """The broker's next answer: one packet of `_ANSWERS`."""
    received = bytearray()
    while chunk := connection.recv(_CHUNK):
        received += chunk
        try:
            packet, _ = mqtt5.read(memoryview(received))
        except IndexError:  # not whole yet
            continue
        except ValueError:
            break
        if isinstance(packet, _ANSWERS):
            return packet
        break
    raise BrokerError(
        f"what listens at {public_address(url)} speaks no MQTT 5; "
        "give an MQTT 5 broker's address in STREETWARDEN_MQTT_URL"
    )
