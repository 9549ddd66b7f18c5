"""Probes of a real broker: whether it accepts a user, and whether it isolates users."""

from __future__ import annotations

import socket
import threading

import pytest

from deploy.broker_probe import (
    BrokerError,
    Login,
    RefusedError,
    can_take_over,
    lets_anybody_in,
    log_in,
    takes,
)
from tests.ports import free_port
from tests.servers import DISTRICT, Broker

OWN = f"sw/1/{DISTRICT}/vehicle/v1/position"
V1 = Login(user="vehicle/v1", password="vehicle/v1")
V2 = Login(user="vehicle/v2", password="vehicle/v2")
FOREIGN = f"sw/1/{DISTRICT}/vehicle/v2/position"


def test_a_known_user_is_let_in(guarded_broker: Broker) -> None:
    log_in(guarded_broker.url, V1)


def test_a_wrong_password_is_reported_and_not_shown(guarded_broker: Broker) -> None:
    with pytest.raises(RefusedError, match="refuses the user vehicle/v1") as caught:
        log_in(guarded_broker.url, Login(user="vehicle/v1", password="guess"))
    assert "guess" not in str(caught.value)


def test_a_device_may_write_on_its_own_topic_and_on_no_other(guarded_broker: Broker) -> None:
    assert takes(guarded_broker.url, OWN, V1)
    assert not takes(guarded_broker.url, FOREIGN, V1)


def test_an_open_broker_takes_everything(broker: Broker) -> None:
    assert takes(broker.url, FOREIGN, V1)


def test_no_broker_is_one_sentence() -> None:
    with pytest.raises(BrokerError, match=r"no broker answers at mqtt://127.0.0.1:\d+ .*; start it"):
        log_in(f"mqtt://127.0.0.1:{free_port()}", V1)


def test_an_invalid_address_is_one_sentence() -> None:
    with pytest.raises(BrokerError, match="is not a broker's address; set STREETWARDEN_MQTT_URL"):
        log_in("127.0.0.1:1883", V1)


def test_a_server_of_another_kind_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(BrokerError, match="speaks no MQTT 5"):
            log_in(f"mqtt://127.0.0.1:{server.getsockname()[1]}", V1)
        thread.join()


def test_only_an_open_broker_lets_a_client_without_a_user_in(broker: Broker, guarded_broker: Broker) -> None:
    assert lets_anybody_in(broker.url)
    assert not lets_anybody_in(guarded_broker.url)


def test_a_session_can_be_taken_over_where_client_ids_are_anybodys(
    broker: Broker, guarded_broker: Broker
) -> None:
    assert can_take_over(broker.url, owner=V1, stranger=V2)
    assert not can_take_over(guarded_broker.url, owner=V1, stranger=V2)
