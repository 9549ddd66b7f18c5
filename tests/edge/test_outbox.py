"""The outbox: in order, until the receipt, bounded."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.box_file import BoxFile
from edge.outbox import Outbox
from tests.edge.boxes import incident, keys, opened, outbox_of
from wire import Incident, Receipt, ReceiptOutcome, Stream, decode


@pytest.fixture
def file(tmp_path: Path) -> Iterator[BoxFile]:
    with opened(tmp_path / "box.db") as file:
        yield file


def add(file: BoxFile, outbox: Outbox, *messages: Incident) -> None:
    for message in messages:
        with file.transaction() as connection:
            outbox.add(connection, message)


def content(outbox: Outbox) -> list[Incident]:
    found = []
    for each in outbox.first(1000):
        payload = outbox.payload(each.seq)
        assert payload is not None
        message = decode(Stream.INCIDENT, payload)
        assert isinstance(message, Incident)
        found.append(message)
    return found


def receipt(message: Incident, outcome: ReceiptOutcome, reason: str | None = None) -> Receipt:
    return Receipt(incident_id=message.incident_id, revision=message.revision, outcome=outcome, reason=reason)


def test_the_order_is_that_of_coming_in(file: BoxFile) -> None:
    outbox = outbox_of(file)
    messages = [incident() for _ in range(5)]
    add(file, outbox, *messages)
    assert keys(content(outbox)) == keys(messages)


@pytest.mark.parametrize("outcome", [ReceiptOutcome.STORED, ReceiptOutcome.DUPLICATE])
def test_a_receipt_lets_it_be_forgotten(file: BoxFile, outcome: ReceiptOutcome) -> None:
    outbox = outbox_of(file)
    one, other = incident(), incident()
    add(file, outbox, one, other)
    assert outbox.settle(receipt(one, outcome))
    assert not outbox.settle(receipt(one, outcome))
    assert keys(content(outbox)) == keys([other])


def test_a_receipt_is_for_one_revision(file: BoxFile) -> None:
    outbox = outbox_of(file)
    begun = incident()
    ended = incident(revision=2, identity=begun.incident_id)
    add(file, outbox, begun, ended)
    outbox.settle(receipt(ended, ReceiptOutcome.STORED))
    assert keys(content(outbox)) == keys([begun])


def test_what_is_refused_is_kept_aside_with_the_reason_and_not_without_bound(file: BoxFile) -> None:
    outbox = outbox_of(file, refused=3)
    messages = [incident() for _ in range(5)]
    add(file, outbox, *messages)
    for number, message in enumerate(messages):
        outbox.settle(receipt(message, ReceiptOutcome.REFUSED, f"reason {number}"))
    assert content(outbox) == []
    assert [reason for _, _, reason in outbox.refusals()] == ["reason 4", "reason 3", "reason 2"]
    assert outbox.level().refused == 3


def test_when_it_is_full_the_oldest_lose_their_pictures_first(file: BoxFile) -> None:
    outbox = outbox_of(file, size=200_000)
    messages = [incident(picture_bytes=30_000) for _ in range(8)]
    add(file, outbox, *messages)
    left = content(outbox)
    assert keys(left) == keys(messages)
    assert outbox.level().size <= 200_000
    with_picture = [bool(message.pictures) for message in left]
    assert with_picture == sorted(with_picture)
    assert 3 <= sum(with_picture) <= 5
    assert outbox.given_up == 0
    assert outbox.stripped == 8 - sum(with_picture)


def test_when_that_is_not_enough_the_oldest_are_given_up(
    file: BoxFile, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = outbox_of(file, messages=10)
    messages = [incident() for _ in range(14)]
    add(file, outbox, *messages)
    assert keys(content(outbox)) == keys(messages[4:])
    assert outbox.given_up == 4
    assert "the outbox is full" in caplog.text


def test_its_level_is_known(file: BoxFile) -> None:
    outbox = outbox_of(file)
    assert outbox.level().oldest_at is None
    add(file, outbox, incident(picture_bytes=3000), incident())
    level = outbox.level()
    assert level.messages == 2
    assert 4000 < level.size < 6000
    assert level.oldest_at is not None


def test_a_transaction_that_fails_leaves_nothing(file: BoxFile) -> None:
    outbox = outbox_of(file)
    again = incident()
    with pytest.raises(sqlite3.IntegrityError):
        add(file, outbox, again, again)
    assert keys(content(outbox)) == keys([again])
