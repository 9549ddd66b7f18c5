"""Lists the sessions that the broker keeps for absent clients, and removes one."""

from __future__ import annotations

import time
from typing import Final

import mqtt5

from deploy import broker_probe
from deploy.broker_probe import BrokerError, Login, RefusedError
from ingest.broker_report import TOPICS, BrokerReport
from ingest.errors import ProtocolBrokenError
from ingest.packets import PacketReader
from program.tls import TlsFiles

_LARGEST: Final = 65_536
_HEARD_S: Final = 2.5
"""The plugin reports every second, Mosquitto every two."""


def heard(url: str, login: Login, *, tls: TlsFiles, seconds: float = _HEARD_S) -> BrokerReport:
    """The broker's statistics, collected over some seconds.

    Raises:
        BrokerError: the broker does not answer, or does not let us read them.
    """
    report, packets = BrokerReport(), PacketReader(largest=_LARGEST)
    filters = [mqtt5.TopicFilter(topic, max_qos=mqtt5.QoS.AT_MOST_ONCE) for topic in TOPICS]
    end = time.monotonic() + seconds
    with broker_probe.session(url, login, client_id=login.user, tls=tls) as connection:
        connection.sendall(mqtt5.SubscribePacket(1, filters).write())
        while (left := end - time.monotonic()) > 0:
            connection.settimeout(left)
            try:
                data = connection.recv(_LARGEST)
                deliveries, _ = packets.feed(data)
            except TimeoutError:
                break
            except ProtocolBrokenError as error:
                raise BrokerError(str(error)) from None
            if not data:
                break
            for topic, payload, _ in deliveries:
                report.take(topic.decode(errors="replace"), bytes(payload))
    if report.limits is None:
        raise BrokerError(
            f"the broker says nothing of its sessions to {login.user}; load the plugin of limits and let "
            "that account read $SYS/#, as docs/installation.md says"
        )
    return report


def remove(url: str, client: str, *, token: str, tls: TlsFiles) -> None:
    """Remove the session of an absent client and its queue.

    Raises:
        BrokerError: the broker does not answer, or refuses: the client is connected, or the token is wrong.
    """
    try:
        with broker_probe.session(url, Login(user=client, password=token), client_id=client, tls=tls):
            pass
    except RefusedError:
        raise BrokerError(
            f"the broker does not let the session {client} be removed: its client is connected, or the "
            "broker has another token; stop the client, or give the token of the broker's limits file in "
            "STREETWARDEN_BROKER_SESSION_TOKEN"
        ) from None
