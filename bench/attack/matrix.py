"""Tries every stream with every kind of account, on its own topic and on others' topics.

The table of allowed messages is defined here again, independently of the rules of broker and ingest: it is
`docs/security.md` as data.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import mqtt5

from bench.attack.outcome import Outcome
from bench.attack.records import Record, record, stored
from bench.attack.settled import settled
from bench.attack.target import CAMERAS, DISTRICT, NEIGHBOUR, Target, said
from bench.mqtt_client import CLOSED, greet
from wire.topics import Stream

ALLOWED: Final[dict[str, frozenset[Stream]]] = {
    "vehicle": frozenset({Stream.POSITION, Stream.TELEMETRY, Stream.STATUS}),
    "person": frozenset({Stream.POSITION, Stream.TELEMETRY, Stream.STATUS}),
    "device": frozenset({Stream.POSITION, Stream.TELEMETRY, Stream.STATUS}),
    "camera": frozenset({Stream.FRAME, Stream.STATUS}),
    "box": frozenset({Stream.FRAME, Stream.INCIDENT, Stream.EVIDENCE, Stream.TELEMETRY, Stream.STATUS}),
}
"""The streams that an account of each kind may publish on its own topic, in its own district."""

_ATTACKERS: Final = ("vehicle/v1", "person/p1", "device/d1", "camera/cam-own", "box/b1")
_VICTIMS: Final = ("vehicle/v2", "camera/cam-other", "box/b2")
_PROTOCOLS: Final = {"MQTT 5": 5, "MQTT 3.1.1": 4}
_UP: Final = tuple(stream for stream in Stream if stream is not Stream.RECEIPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One message by one account.

    Attributes:
        account: the sender.
        topic: of the message.
        record: the message.
        allowed: whether it must be stored; otherwise it must not be.
        why: the purpose of the attempt, for the report.
    """

    account: str
    topic: str
    record: Record
    allowed: bool
    why: str


def attempts() -> Iterator[Attempt]:
    """Every attempt."""
    for account in _ATTACKERS:
        kind, _, identity = account.partition("/")
        own_camera = CAMERAS.get(account, identity if kind == "camera" else None)
        for stream in _UP:
            for victim in _VICTIMS:
                if victim != account:
                    yield _forged(account, f"sw/1/{DISTRICT}/{victim}/{stream}", stream, "another's topic")
            yield _forged(account, f"sw/1/{NEIGHBOUR}/{account}/{stream}", stream, "another district")
            yield _forged(account, f"sw/1/{DISTRICT}/{kind}/made-up/{stream}", stream, "a made-up id")
        yield from _forged_cameras(account)
        for stream in _UP:
            yield Attempt(
                account=account,
                topic=f"sw/1/{DISTRICT}/{account}/{stream}",
                record=record(stream, camera=own_camera),
                allowed=stream in ALLOWED[kind],
                why="its own topic",
            )


def _forged(account: str, topic: str, stream: Stream, why: str, **changes: Any) -> Attempt:
    return Attempt(account=account, topic=topic, record=record(stream, **changes), allowed=False, why=why)


def _forged_cameras(account: str) -> Iterator[Attempt]:
    """On its own topic, about cameras that are not its own."""
    for stream in (Stream.FRAME, Stream.INCIDENT):
        topic = f"sw/1/{DISTRICT}/{account}/{stream}"
        for camera in ("cam-2", "cam-other", "no-such-camera"):
            yield _forged(account, topic, stream, "another's camera", camera=camera)


async def attack(target: Target) -> list[Outcome]:
    """Try all attempts, and check the database.

    The database is checked before the next account's turn, and before allowed messages are sent, because it
    keeps only the latest still and status.
    """
    outcomes: list[Outcome] = []
    for account, allowed, protocol in itertools.product(_ATTACKERS, (False, True), _PROTOCOLS):
        planned = [each for each in attempts() if (each.account, each.allowed) == (account, allowed)]
        tried = await _send(target, account, planned, _PROTOCOLS[protocol])
        await settled(target)
        records = [attempt.record for attempt in planned]
        outcomes += judge(tried, await stored(target.running.database_url, records), protocol)
    return [*outcomes, await _strangers(target)]


async def _send(
    target: Target, account: str, planned: list[Attempt], version: int
) -> list[tuple[Attempt, int]]:
    """Send one account's messages; reconnect if the broker ends the connection."""
    answers = []
    waiting = list(planned)
    while waiting:
        async with target.connected(account, version=version) as client:
            while waiting:
                attempt = waiting.pop(0)
                answer = await client.publish(attempt.topic, attempt.record.payload)
                answers.append((attempt, answer))
                if answer == CLOSED:
                    break
    return answers


def judge(tried: list[tuple[Attempt, int]], there: set[str], protocol: str) -> Iterator[Outcome]:
    """The outcomes of one account's attempts, by stream.

    Args:
        tried: the sent messages, and the reason codes of the answers.
        there: the marks in the database.
        protocol: with which they were sent.
    """
    groups: dict[tuple[str, Stream, bool], list[tuple[Attempt, int]]] = {}
    for attempt, answer in tried:
        key = (attempt.account, attempt.record.stream, attempt.allowed)
        groups.setdefault(key, []).append((attempt, answer))
    for (account, stream, allowed), group in groups.items():
        wrong = [attempt for attempt, _ in group if (attempt.record.mark in there) is not allowed]
        answers = Counter(said(answer) for _, answer in group)
        words = ", ".join(f"{count} {answer}" for answer, count in answers.most_common())
        where = "" if not wrong else f"; {'missing' if allowed else 'on record'}: {wrong[0].why}"
        may = "can send" if allowed else "cannot put on record a forged"
        yield Outcome(
            area="accounts",
            promise=f"{account} {may} {stream} by {protocol}",
            held=not wrong,
            found=f"{len(group)} tried, {words}{where}",
        )


async def _strangers(target: Target) -> Outcome:
    """Check that no client without an account or with a wrong password is accepted."""
    right = target.passwords["vehicle/v1"]
    strangers = (
        (None, None), ("vehicle/v1", None), ("vehicle/v1", ""), ("vehicle/v1", "wrong"),
        ("center-ingest", "wrong"), ("vehicle/nobody", right), ("", ""),
    )  # fmt: skip
    let_in = []
    for user, password in strangers:
        word = None if password is None else password.encode()
        hello = mqtt5.ConnectPacket("stranger", username=user, password=word, clean_start=True)
        client = await greet(target.broker_port, hello.write())
        if client.answer == 0:
            let_in.append(user)
        await client.close()
    return Outcome(
        area="accounts",
        promise="nobody gets in without an account and its password",
        held=not let_in,
        found=f"{len(strangers)} tried, {len(let_in)} let in",
    )
