"""Questions to a broker, asked as a client: does it know a user, and does it keep users apart."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import mqtt5

from deploy.errors import DeployError

_PATIENCE_S: Final = 10.0
_REFUSED: Final = 128
_CHUNK: Final = 4096
_KEEP_ALIVE_S: Final = 60
_ANSWERS: Final = (mqtt5.ConnAckPacket, mqtt5.PubAckPacket, mqtt5.PingRespPacket, mqtt5.DisconnectPacket)


class BrokerError(DeployError):
    """A broker does not answer, or does not let us in; the text says which and what to do."""


class RefusedError(BrokerError):
    """A broker does not know a user, or not by this password; give it that account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """An account at a broker.

    Attributes:
        user: its user name.
        password: its password.
    """

    user: str
    password: str


def lets_anybody_in(url: str) -> bool:
    """Whether a client without any user is let in.

    Raises:
        BrokerError: it does not answer.
    """
    try:
        with _session(url, None):
            return True
    except RefusedError:
        return False


def log_in(url: str, login: Login) -> None:
    """Log in and leave again.

    Raises:
        BrokerError: it does not answer, or it refuses.
    """
    with _session(url, login):
        pass


def takes(url: str, topic: str, login: Login) -> bool:
    """Whether a user may publish an empty message on a topic; if so the message is then out.

    Raises:
        BrokerError: it does not answer, or it refuses the user.
    """
    with _session(url, login) as connection:
        packet = mqtt5.PublishPacket(topic, payload=b"", qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=1)
        connection.sendall(packet.write())
        answer = _read(connection, url)
        return isinstance(answer, mqtt5.PubAckPacket) and int(answer.reason_code) < _REFUSED


def can_take_over(url: str, *, owner: Login, stranger: Login) -> bool:
    """Whether a second account can take over the session of the first by connecting with its client id.

    The session is one that is made for this and keeps nothing.

    Raises:
        BrokerError: the broker does not answer, or refuses one of the two.
    """
    with (
        _session(url, owner, client_id=owner.user) as owners,
        _session(url, stranger, client_id=owner.user),
    ):
        try:
            owners.sendall(mqtt5.PingReqPacket().write())
            return not isinstance(_read(owners, url), mqtt5.PingRespPacket)
        except (OSError, BrokerError):  # it has hung up on the first
            return True


@contextmanager
def _session(url: str, login: Login | None, *, client_id: str = "") -> Iterator[socket.socket]:
    try:
        with _connect(url) as connection:
            hello = mqtt5.ConnectPacket(
                client_id=client_id,
                clean_start=True,
                keep_alive=_KEEP_ALIVE_S,
                username=login.user if login else None,
                password=login.password.encode() if login else None,
            )
            connection.sendall(hello.write())
            answer = _read(connection, url)
            if not isinstance(answer, mqtt5.ConnAckPacket) or int(answer.reason_code) >= _REFUSED:
                code = getattr(answer, "reason_code", None)
                why = code.name.replace("_", " ").lower() if code is not None else "no CONNACK"
                who = f"the user {login.user}" if login else "a client without a user"
                raise RefusedError(
                    f"the broker at {url} refuses {who} ({why}); give it that account with its password"
                )
            yield connection
            with suppress(OSError):  # it may have hung up on us
                connection.sendall(mqtt5.DisconnectPacket().write())
    except OSError as error:
        raise BrokerError(
            f"no broker answers at {url} ({error.strerror or error}); start it, "
            "or give its address in STREETWARDEN_MQTT_URL"
        ) from None


def _connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    secure = parts.scheme == "mqtts"
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
        raise BrokerError(f"{url!r} is not a broker's address; give one such as mqtt://127.0.0.1:1883")
    connection = socket.create_connection(
        (parts.hostname, parts.port or (8883 if secure else 1883)), _PATIENCE_S
    )
    if secure:
        return ssl.create_default_context().wrap_socket(connection, server_hostname=parts.hostname)
    return connection


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
        f"what listens at {url} speaks no MQTT 5; give an MQTT 5 broker's address in STREETWARDEN_MQTT_URL"
    )
