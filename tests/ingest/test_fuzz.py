"""Damaged messages, the short form of scripts/fuzz, and some of them through the whole program."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

import ingest.interpret
from bench.fuzz.__main__ import run
from bench.fuzz.damage import message, packets, pieces
from bench.fuzz.seeds import SEEDS
from tests.ingest.conftest import StartIngest
from tests.ingest.fake_broker import fake_broker
from tests.ingest.running import rows
from wire import decode

CLEAN = {"crashes": 0, "hangs": 0, "unaccounted": 0}


def test_damaged_messages_neither_crash_nor_hang_and_all_are_accounted_for(tmp_path: Path) -> None:
    figures = run(10_000, seed=4, keep=tmp_path)
    assert {name: figures[name] for name in CLEAN} == CLEAN
    assert figures["fates"]["accepted"] > 500, "too damaged to reach what lies behind the decoder"
    assert list(tmp_path.iterdir()) == []


def test_a_fault_is_found_and_what_shows_it_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(stream: object, payload: bytes) -> object:
        if b"cover" in payload:
            raise KeyError("a fault of ours")
        return decode(stream, payload)  # type: ignore[arg-type]

    monkeypatch.setattr(ingest.interpret, "decode", forgetful)
    figures = run(2000, seed=4, keep=tmp_path)
    assert figures["unaccounted"] > 0
    assert all(b"cover" in file.read_bytes() for file in tmp_path.iterdir())


@pytest.mark.servers
async def test_damaged_messages_through_the_whole_program_all_get_their_fate(
    start_ingest: StartIngest, database_url: str
) -> None:
    random = Random(5)
    sent = 0
    async with fake_broker() as broker:
        ingest = start_ingest(broker_url=broker.url)
        await ingest.ready()
        while sent < 4000:
            damaged = packets(random, [message(random, SEEDS) for _ in range(random.randrange(1, 60))])
            if damaged.publishes is None or b"\xe0\x00" in damaged.stream:
                continue  # what breaks the framing, or says goodbye, ends the connection
            for piece in pieces(random, damaged.stream):
                broker.send(piece)
            sent += damaged.publishes
        fates = await ingest.settled(sent)
        assert await ingest.health() == "ok"
        ingest.stop()
    assert fates["received"] == sent
    assert fates["stored"] + fates["duplicate"] > 300
    assert fates["quarantined"] > 1000
    assert fates["stored"] + fates["duplicate"] + fates["quarantined"] + fates["ignored"] == sent
    assert await rows(database_url, "SELECT reason FROM quarantine WHERE reason LIKE 'defect%'") == []
    assert "Traceback" not in ingest.log.read_text(encoding="utf-8")
