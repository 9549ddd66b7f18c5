"""No device stores more than its quota; messages kept offline fit into it; refusals are cheap."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.fleet import Fleet, Message
from ingest.adapters.mapped_json import MappedJson
from ingest.adapters.table import Table
from ingest.authority import Authority, Source
from ingest.batch import Batch, Refusal
from ingest.errors import BadMessageError, Reason
from ingest.fingerprints import fingerprints
from ingest.quotas import Quotas
from ingest.routes import Routes
from ingest.settings import Quota
from tests.ingest.conftest import StartIngest
from tests.ingest.running import JPEG, incident, rows, topic
from tests.ingest.test_interpret import NOW, read
from tests.servers import Broker

BURST = 1_000


class Device:
    """Sends fixes of one vehicle and counts what is taken."""

    def __init__(self, quotas: Quotas, name: str = "v1") -> None:
        self.routes = Routes()
        self._quotas = quotas
        self._name = name
        self._next = NOW - 300_000

    def send(self, fixes: int, *, at_s: float, in_one: int = 100) -> int:
        messages = []
        while fixes > 0:
            count = min(in_one, fixes)
            part = [{"time": self._next + each, "lat": 24.9, "lon": 118.6} for each in range(count)]
            messages.append((topic(self._name), part))
            self._next += count
            fixes -= count
        batch = read(*messages, routes=self.routes)
        self._quotas.enforce(batch, now=at_s)
        assert {refusal.error.reason for refusal in batch.refusals} <= {Reason.QUOTA}
        return len(batch.fixes)


def test_a_burst_fits_and_then_the_rate_counts() -> None:
    device = Device(Quotas(Quota(rows_per_s=2, burst_rows=BURST)))
    assert device.send(BURST, at_s=NOW) == BURST
    assert device.send(100, at_s=NOW) == 0
    assert device.send(100, at_s=NOW + 50) == 100
    assert device.send(3_000, at_s=NOW + 10_000) == BURST, "a bucket holds no more than its burst"


def test_two_days_of_kept_messages_fit_into_the_quota() -> None:
    assert Device(Quotas(Quota())).send(2 * 86_400, at_s=NOW, in_one=1000) == 2 * 86_400


def test_another_device_is_not_concerned_and_a_message_is_taken_or_refused_whole() -> None:
    quotas, routes = Quotas(Quota(rows_per_s=1, burst_rows=BURST)), Routes()
    fixes = [{"time": NOW + each / 100, "lat": 24.9, "lon": 118.6} for each in range(600)]
    samples = [{"time": NOW + each / 100, "values": {"a": 1}} for each in range(600)]
    batch = read(
        (topic("v1"), fixes), (topic("v2"), fixes), (topic("v1"), fixes), (topic("v1"), fixes[:400]),
        (topic("d1", "telemetry", "device"), samples), (topic("d1", "telemetry", "device"), samples),
        routes=routes,
    )  # fmt: skip
    quotas.enforce(batch, now=NOW)
    assert [refusal.ordinal for refusal in batch.refusals] == [2, 5]
    assert len(batch.fixes) == 600 + 600 + 400
    assert len(batch.telemetry) == 600


def test_our_clock_may_go_back() -> None:
    device = Device(Quotas(Quota(rows_per_s=1, burst_rows=BURST)))
    assert device.send(BURST, at_s=NOW + 10_000) == BURST
    assert device.send(10, at_s=NOW) == 0
    assert device.send(10, at_s=NOW + 10) == 10


def test_with_a_rate_of_nothing_nothing_is_refused() -> None:
    assert Device(Quotas(Quota(rows_per_s=0, burst_rows=BURST))).send(10 * BURST, at_s=NOW) == 10 * BURST


@given(st.lists(st.tuples(st.integers(1, 400), st.floats(0, 100)), max_size=30))
def test_over_any_time_no_more_is_taken_than_burst_and_rate_allow(sent: list[tuple[int, float]]) -> None:
    device, at_s, taken = Device(Quotas(Quota(rows_per_s=3, burst_rows=BURST))), NOW, 0
    for fixes, later_s in sent:
        at_s += later_s
        taken += device.send(fixes, at_s=at_s, in_one=7)
        assert taken <= BURST + 3 * (at_s - NOW) + 1e-6


def test_a_reading_with_long_texts_costs_as_many_rows_as_it_is_large() -> None:
    quotas, routes = Quotas(Quota(rows_per_s=1, burst_rows=BURST)), Routes()
    values = {f"reading_{each}": "x" * 256 for each in range(64)}
    taken = 0
    for each in range(50):
        sample = {"time": NOW + each, "values": values}
        batch = read((topic("d1", "telemetry", "device"), sample), routes=routes)
        quotas.enforce(batch, now=NOW)
        taken += len(batch.telemetry)
    assert taken == BURST // -(-len(json.dumps(sample)) // 512)


def test_evidence_has_a_quota_of_bytes() -> None:
    quotas = Quotas(Quota(evidence_bytes_per_s=1000, evidence_burst_mib=16))
    routes = Routes(authority=Authority([Source(account="box/b1", cameras=("cam-01",))]))
    large = base64.b64encode(base64.b64decode(JPEG) + bytes(1_000_000)).decode()

    def report() -> Batch:
        pictures = [{"role": "finding", "taken_at": NOW, "jpeg": large}] * 4
        body = {**incident(), "observed_at": NOW, "began_at": NOW, "pictures": pictures}
        batch = read((topic("b1", "incident", "box"), body), routes=routes)
        quotas.enforce(batch, now=NOW)
        return batch

    assert [len(report().refusals) for _ in range(6)] == [0, 0, 0, 0, 1, 1]


def refusal(where: str, payload: bytes, reason: Reason = Reason.PAYLOAD) -> Refusal:
    return Refusal(ordinal=0, topic=where.encode(), payload=payload, error=BadMessageError(reason, "text"))


def test_refusals_share_rows_of_the_quarantine_once_they_come_in_floods() -> None:
    bad = [refusal("a", str(each).encode()) for each in range(5000)]
    assert len(set(fingerprints(bad))) == 20 + 1 + 1
    assert len(set(fingerprints(bad[:20]))) == 20
    over = [refusal("a", str(each).encode(), Reason.QUOTA) for each in range(5000)]
    assert len(set(fingerprints(over))) == 1
    everywhere = [refusal(str(each), b"x") for each in range(5000)]
    assert len(set(fingerprints(everywhere))) == 501
    ours = [refusal("a", str(each).encode(), Reason.DEFECT) for each in range(100)]
    assert len(set(fingerprints(ours))) == 100, "what is our fault is kept whole"


def test_memory_is_bounded_by_the_number_of_devices_whatever_they_write_into_their_topics() -> None:
    routes = Routes(ids=3)
    for district in range(1000):
        routes.learn(f"sw/1/{district:06d}/vehicle/v1/position".encode())
    assert len(routes.known) < 50
    assert len(routes.senders) == 1
    fix = {"time": NOW, "lat": 1, "lon": 1}
    batch = read(*((topic(f"v{each}"), fix) for each in range(5)), routes=routes)
    assert [item.error.reason for item in batch.refusals] == [Reason.QUOTA] * 2
    assert len(routes.senders) == 3


def test_ids_that_a_foreign_message_makes_up_leave_room_for_our_own_devices() -> None:
    table = {
        "reads": "json", "topics": ["fleet/gps"], "district": "350582", "id": "x-{id}", "called": "imei",
        "time": "t", "position": {"lat": "la", "lon": "lo"},
    }  # fmt: skip
    adapter = msgspec.convert(table, MappedJson)
    routes = Routes(Table([adapter]), foreign_ids=2)
    made_up: list[tuple[str, Any]] = [
        ("fleet/gps", {"imei": f"i{each}", "t": NOW, "la": 1, "lo": 1}) for each in range(5)
    ]
    batch = read(*made_up, (topic("v1"), {"time": NOW, "lat": 1, "lon": 1}), routes=routes)
    assert (len(batch.fixes), len(batch.refusals)) == (3, 3)


@pytest.mark.servers
async def test_one_account_cannot_fill_the_database_and_others_are_stored(
    start_ingest: StartIngest, broker: Broker, database_url: str
) -> None:
    ingest = start_ingest(quota_rows_per_s=1, quota_burst_rows=1000)
    await ingest.ready()
    now = time.time()

    def array(vehicle: str, begin: float) -> Message:
        fixes = [{"time": begin + each * 0.001, "lat": 24.9, "lon": 118.6} for each in range(500)]
        return topic(vehicle), json.dumps(fixes).encode()

    flood = [array("v1", now - each) for each in range(1, 60)]
    await Fleet(broker.url, connections=1).publish([*flood, array("v2", now - 1)])
    fates = await ingest.settled(60)
    assert (fates["stored"], fates["quarantined"]) == (3, 57)
    counts = "SELECT id, count(*) FROM position JOIN entity USING (entity_id) GROUP BY id ORDER BY id"
    assert await rows(database_url, counts) == [("v1", 1000), ("v2", 500)]
    ((kept, reason, count),) = await rows(database_url, "SELECT topic, reason, count FROM quarantine")
    assert (kept, reason.split(":")[0], count) == (topic("v1"), "quota", 57)
    assert (await ingest.metrics())["quarantined_total", "quota"] == 57
