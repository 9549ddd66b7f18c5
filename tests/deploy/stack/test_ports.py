"""Two stacks never choose the same port, and each keeps its ports."""

from __future__ import annotations

import socket
from pathlib import Path

from deploy.stack.folder import StackFolder
from deploy.stack.ports import USUAL, Ports


def test_two_stacks_that_start_at_once_share_no_port(tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    first, second = Ports(StackFolder(tmp_path)), Ports(StackFolder(tmp_path / "second"))
    try:
        assert set(first.of) == set(second.of) == set(USUAL)
        assert not set(first.of.values()) & set(second.of.values())
    finally:
        first.close()
        second.close()


def test_the_next_run_has_the_same_ports(tmp_path: Path) -> None:
    ports = Ports(StackFolder(tmp_path))
    ports.close()
    again = Ports(StackFolder(tmp_path))
    again.close()
    assert again.of == ports.of


def test_a_port_that_somebody_took_meanwhile_is_replaced(tmp_path: Path) -> None:
    ports = Ports(StackFolder(tmp_path))
    ports.close()
    with socket.create_server(("127.0.0.1", ports.of["web"])):
        again = Ports(StackFolder(tmp_path))
        again.close()
    assert again.of["web"] != ports.of["web"]
    assert again.of["ingest"] == ports.of["ingest"]


def test_a_taken_port_can_be_listened_on_at_once(tmp_path: Path) -> None:
    ports = Ports(StackFolder(tmp_path))
    try:
        with socket.create_server(("127.0.0.1", ports.take("web"))):
            pass
    finally:
        ports.close()
