"""`streetwarden quarantine` shows refused messages, and sends them through the same checks again."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time

import pytest

from bench.fleet import Fleet
from store.quarantine import fingerprint_of
from tests.ingest.conftest import StartIngest
from tests.ingest.running import RunningIngest, connected, fix, incident, one, rows, topic
from tests.servers import Broker

pytestmark = pytest.mark.servers


async def command(database_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", "from deploy.command import main; main()", "quarantine", *arguments],
        env={**os.environ, "STREETWARDEN_DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def refused(ingest: RunningIngest, broker: Broker, *messages: tuple[str, bytes]) -> None:
    before = (await ingest.fates())["received"]
    await Fleet(broker.url, connections=1).publish(list(messages))
    await ingest.settled(before + len(messages))


async def test_refused_messages_are_listed_and_shown(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    await refused(
        ingest,
        broker,
        (topic("v1"), b"no fix\x1b[2J"),
        (topic("v2"), b"\xff\x00\x01"),
        fix(3, time.time() + 200_000),
    )
    listed = await command(database_url, "list", "--json")
    found = [json.loads(line) for line in listed.stdout.splitlines()]
    assert sorted(row["reason"].split(":")[0] for row in found) == ["payload", "payload", "time"]
    assert all(row["whole"] for row in found)
    by_topic = await command(database_url, "list", "--topic", "sw/1/+/vehicle/v2/#", "--since", "1h")
    assert len(by_topic.stdout.splitlines()) == 1
    of_time = await command(database_url, "list", "--reason", "time")
    assert topic("v0003") in of_time.stdout
    assert (await command(database_url, "list", "--since", "soon")).returncode == 2
    numbers = {row["topic"]: str(row["number"]) for row in found}
    shown = await command(database_url, "show", numbers[topic("v2")])
    assert "ff00 01" in shown.stdout
    escape = await command(database_url, "show", numbers[topic("v1")])
    assert "\x1b" not in escape.stdout, "a terminal gets no escapes from a device"
    assert "3 bytes, kept whole" in shown.stdout
    missing = await command(database_url, "show", "99999")
    assert missing.returncode == 1
    assert "is not in the quarantine" in missing.stderr


async def test_a_message_that_is_good_by_now_is_stored_and_leaves_the_quarantine(
    start_ingest: StartIngest, broker: Broker, database_url: str
) -> None:
    ingest = start_ingest(limits_far_future_s=0)
    await ingest.ready()
    now = time.time()
    ahead = [fix(number, now + 30) for number in range(5)]
    await refused(ingest, broker, *ahead, (topic("v9"), b"never good"))
    assert await one(database_url, "SELECT count(*) FROM quarantine") == 6
    ingest.stop()
    ingest = start_ingest()
    await ingest.ready()
    done = await command(database_url, "requeue", "--all")
    assert done.stdout.startswith("6 requeued: 5 taken, 1 refused again, 0 waiting"), done.stderr
    assert await one(database_url, "SELECT count(*) FROM position") == 5
    assert await rows(database_url, "SELECT topic, requeued_at, count FROM quarantine") == [
        (topic("v9"), None, 1)
    ]
    again = await command(database_url, "requeue", "--all")
    assert again.stdout.startswith("1 requeued: 0 taken, 1 refused again, 0 waiting")
    fates = await ingest.settled(7)
    assert (fates["stored"], fates["quarantined"]) == (5, 2)


async def test_a_requeued_message_that_was_stored_since_is_a_duplicate(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    """As after a crash between its commit and the end of its row."""
    good = fix(1, round(time.time(), 3))
    await refused(ingest, broker, (good[0], b"bad"))
    await Fleet(broker.url).publish([good])
    await ingest.settled(2)
    async with connected(database_url) as other:
        await other.execute(
            "UPDATE quarantine SET payload = $1, payload_bytes = $2, fingerprint = $3",
            good[1],
            len(good[1]),
            fingerprint_of(good[0].encode(), "payload", good[1]),
        )
    done = await command(database_url, "requeue", "--all")
    assert done.stdout.startswith("1 requeued: 1 taken"), done.stdout + done.stderr
    assert await one(database_url, "SELECT count(*) FROM position") == 1
    assert (await ingest.fates())["duplicate"] == 1


async def test_one_that_fails_again_stays_with_its_new_reason_and_whole(
    start_ingest: StartIngest, broker: Broker, database_url: str
) -> None:
    ingest = start_ingest(quarantine_payload_bytes=10)
    await ingest.ready()
    where, payload = (
        topic("d1", "telemetry", "device"),
        json.dumps({"time": time.time() - 400 * 86_400, "values": {"a": 1}}).encode(),
    )
    async with connected(database_url) as other:
        await other.execute(
            "INSERT INTO quarantine (fingerprint, topic, payload, payload_bytes, reason, first_seen, "
            "last_seen) VALUES ($1, $2, $3, $4, 'defect: KeyError: x', now(), now())",
            fingerprint_of(where.encode(), "defect", payload),
            where,
            payload,
            len(payload),
        )
    done = await command(database_url, "requeue", "--reason", "defect")
    assert done.stdout.startswith("1 requeued: 0 taken, 1 refused again, 0 waiting"), (
        done.stdout + done.stderr
    )
    ((reason, kept),) = await rows(database_url, "SELECT reason, payload FROM quarantine")
    assert reason.startswith("time: ")
    assert kept == payload


async def test_a_shortened_payload_cannot_be_requeued_and_this_is_reported(
    start_ingest: StartIngest, broker: Broker, database_url: str
) -> None:
    ingest = start_ingest(quarantine_payload_bytes=10)
    await ingest.ready()
    await refused(ingest, broker, (topic("v1"), b"a payload of more than ten bytes"))
    done = await command(database_url, "requeue", "--all")
    assert "0 requeued" in done.stdout
    assert "1 cannot be requeued: only the beginning" in done.stdout
    assert await one(database_url, "SELECT count(requeued_at) FROM quarantine") == 0


async def test_an_incident_goes_through_its_own_session_again(
    start_ingest: StartIngest, broker: Broker, database_url: str
) -> None:
    ingest = start_ingest(limits_far_future_s=0)
    await ingest.ready()
    message = incident(observed_at=time.time() + 20)
    await refused(ingest, broker, (topic("box-1", "incident", "box"), json.dumps(message).encode()))
    ingest.stop()
    ingest = start_ingest()
    await ingest.ready()
    done = await command(database_url, "requeue", "--topic", "sw/1/+/box/#")
    assert done.stdout.startswith("1 requeued: 1 taken"), done.stdout + done.stderr
    assert await one(database_url, "SELECT count(*) FROM case_file") == 1
    assert (await ingest.metrics())["messages_received_total", "incidents"] == 1
