"""The outbox: in order, until the receipt, bounded."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge.outbox import Outbox
from edge.storage import Storage
from tests.edge.boxes import content, incident, keys, opened, outbox_of
from wire import Incident, Receipt, ReceiptOutcome


def add(storage: Storage, outbox: Outbox, *messages: Incident) -> None:
    for message in messages:
        outbox.add(message)
    assert storage.flush(10)


def receipt(message: Incident, outcome: ReceiptOutcome, reason: str | None = None) -> Receipt:
    return Receipt(incident_id=message.incident_id, revision=message.revision, outcome=outcome, reason=reason)


def test_the_order_is_that_of_coming_in(tmp_path: Path) -> None:
    with opened(tmp_path / "box.db") as (storage, outbox):
        messages = [incident() for _ in range(5)]
        add(storage, outbox, *messages)
        assert keys(content(outbox)) == keys(messages)


@pytest.mark.parametrize("outcome", [ReceiptOutcome.STORED, ReceiptOutcome.DUPLICATE])
def test_a_receipt_deletes_the_incident(tmp_path: Path, outcome: ReceiptOutcome) -> None:
    with opened(tmp_path / "box.db") as (storage, outbox):
        one, other = incident(), incident()
        add(storage, outbox, one, other)
        assert outbox.settle(receipt(one, outcome))
        assert not outbox.settle(receipt(one, outcome))
        assert keys(content(outbox)) == keys([other])


def test_a_receipt_is_for_one_revision(tmp_path: Path) -> None:
    with opened(tmp_path / "box.db") as (storage, outbox):
        begun = incident()
        ended = incident(revision=2, identity=begun.incident_id)
        add(storage, outbox, begun, ended)
        outbox.settle(receipt(ended, ReceiptOutcome.STORED))
        assert keys(content(outbox)) == keys([begun])


def test_refused_messages_are_kept_aside_with_the_reason_up_to_a_limit(tmp_path: Path) -> None:
    with opened(tmp_path / "box.db", max_refused=3) as (storage, outbox):
        messages = [incident() for _ in range(5)]
        add(storage, outbox, *messages)
        for number, message in enumerate(messages):
            outbox.settle(receipt(message, ReceiptOutcome.REFUSED, f"reason {number}"))
        assert content(outbox) == []
        assert storage.flush(10)
        assert [reason for _, _, reason in outbox.refusals()] == ["reason 4", "reason 3", "reason 2"]
        assert outbox.level().refused == 3


def test_when_it_is_full_the_oldest_lose_their_pictures_first(tmp_path: Path) -> None:
    with opened(tmp_path / "box.db", max_bytes=200_000) as (storage, outbox):
        messages = [incident(picture_bytes=30_000) for _ in range(8)]
        add(storage, outbox, *messages)
        left = content(outbox)
        assert keys(left) == keys(messages)
        assert outbox.level().size <= 200_000
        with_picture = [bool(message.pictures) for message in left]
        assert with_picture == sorted(with_picture)
        assert 3 <= sum(with_picture) <= 5
        assert outbox.given_up == 0
        assert outbox.stripped == 8 - sum(with_picture)


def test_if_that_is_not_enough_the_oldest_messages_are_dropped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(tmp_path / "box.db", max_messages=10) as (storage, outbox):
        messages = [incident() for _ in range(14)]
        add(storage, outbox, *messages)
        assert keys(content(outbox)) == keys(messages[4:])
        assert outbox.given_up == 4
        assert "no room for more incidents" in caplog.text


def test_the_outbox_reports_its_level(tmp_path: Path) -> None:
    with opened(tmp_path / "box.db") as (storage, outbox):
        assert outbox.level().oldest_s == 0
        add(storage, outbox, incident(picture_bytes=3000), incident())
        level = outbox.level()
        assert level.messages == 2
        assert 4000 < level.size < 6000
        assert level.oldest_s >= 0


def test_incidents_from_before_the_clock_was_set_are_sent_with_the_right_time(
    tmp_path: Path,
) -> None:
    wall, seconds = [40.0], [1000.0]
    storage = Storage(tmp_path / "box.db")
    outbox = outbox_of(storage, clock=lambda: seconds[0], wall=lambda: wall[0])
    storage.start()
    message = msgspec.structs.replace(
        incident(picture_bytes=1000), observed_at=40.0, began_at=10.0, pictures=[]
    )
    add(storage, outbox, message)
    assert outbox.first(10) == []
    seconds[0], wall[0] = 1060.0, 1_800_000_060.0
    (sent,) = content(outbox)
    assert (sent.observed_at, sent.began_at) == (1_800_000_000.0, 1_799_999_970.0)
    storage.close(10)


@pytest.mark.parametrize("jump_s", [-86_400.0, 86_400.0])
def test_a_clock_that_jumps_changes_neither_age_nor_order(tmp_path: Path, jump_s: float) -> None:
    wall, seconds = [1_800_000_000.0], [1000.0]
    storage = Storage(tmp_path / "box.db")
    outbox = outbox_of(storage, clock=lambda: seconds[0], wall=lambda: wall[0])
    storage.start()
    one, other = incident(), incident()
    add(storage, outbox, one)
    wall[0] += jump_s
    seconds[0] += 5.0
    add(storage, outbox, other)
    assert outbox.level().oldest_s == 5.0
    assert keys(content(outbox)) == keys([one, other])
    storage.close(10)
