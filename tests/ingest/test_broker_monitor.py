"""Ingest reads the broker's statistics; dropped messages stay counted across restarts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.mqtt_client import connected
from ingest.broker_report import BrokerReport
from tests.ingest.conftest import StartIngest
from tests.ingest.running import RunningIngest, one, until
from tests.servers import DISTRICT, Broker

INGEST = "center-ingest"
INCIDENTS = "center-incidents"
MONITOR = "center-monitor"
POSITION = f"sw/1/{DISTRICT}/vehicle/v1/position"


class Forgetful(Broker):
    """A guarded broker without the plugin, whose queues hold ten messages."""

    def prepare(self) -> None:
        super().prepare()
        file = self.folder / "mosquitto.conf"
        lines = [line for line in file.read_text().splitlines() if not line.startswith("plugin")]
        text = "\n".join(lines) + "\n"
        file.write_text(text.replace("max_queued_messages 1000000000", "max_queued_messages 10"))


@pytest.fixture
def forgetful_broker(tmp_path: Path, servers_can_run: None) -> Iterator[Broker]:
    server = Forgetful(
        tmp_path / "forgetful", passwords={user: user for user in (INGEST, INCIDENTS, MONITOR, "vehicle/v1")}
    )
    server.start()
    yield server
    server.kill()


def monitored(start: StartIngest, broker: Broker) -> RunningIngest:
    return start(
        broker_url=broker.url,
        broker_user=INGEST,
        broker_password=INGEST,
        incidents_user=INCIDENTS,
        incidents_password=INCIDENTS,
        monitor_user=MONITOR,
        monitor_password=MONITOR,
    )


async def flood(broker: Broker) -> None:
    async with connected(broker.port, "vehicle/v1") as v1:
        v1.send([(POSITION, b"{}")] * 50)
        assert await v1.acknowledged(50) == [0] * 50, "acknowledged, all of them"


async def test_dropped_messages_are_counted_across_restarts(
    start_ingest: StartIngest, forgetful_broker: Broker, database_url: str
) -> None:
    ingest = monitored(start_ingest, forgetful_broker)
    await ingest.ready()
    ingest.stop()
    await flood(forgetful_broker)
    ingest.start()

    async def dropped(count: int) -> bool:
        return (await ingest.metrics()).get(("broker_dropped_total",), 0) == count

    await ingest.ready()
    await until(lambda: dropped(40))
    forgetful_broker.restart()
    await ingest.ready()
    ingest.stop()
    await flood(forgetful_broker)
    ingest.start()
    await ingest.ready()
    await until(lambda: dropped(80))
    assert await one(database_url, "SELECT array_agg(dropped ORDER BY started_at) FROM broker_run") == [
        40,
        40,
    ]
    assert (await ingest.metrics())["broker_limits_loaded",] == 0


async def test_the_brokers_numbers_are_on_metrics(
    start_ingest: StartIngest, guarded_broker: Broker, database_url: str
) -> None:
    ingest = monitored(start_ingest, guarded_broker)
    async with connected(guarded_broker.port, "vehicle/v1") as v1:
        assert await v1.publish(POSITION.replace(DISTRICT, "999999")) != 0

        async def told() -> bool:
            metrics = await ingest.metrics()
            return (
                metrics.get(("broker_clients_connected",)) == 4
                and metrics["broker_limits_loaded",] == 1
                and metrics["broker_refused_total", "topic"] == 1
                and metrics["broker_memory_limit_bytes",] > metrics["broker_memory_bytes",] > 0
            )

        await ingest.ready()
        await until(told)
    guarded_broker.kill()

    async def unheard() -> bool:
        return (await ingest.metrics())["broker_monitored",] == 0

    await until(unheard)


def test_unreadable_os_release_gives_nothing() -> None:
    report = BrokerReport()
    for topic in (
        "$SYS/broker/uptime",
        "$SYS/broker/streetwarden/limits",
        "$SYS/broker/streetwarden/sessions",
    ):
        for payload in (b"", b"\xff", b"{}", b"[1]", b"nan", b"-1"):
            report.take(topic, payload)
    assert report == BrokerReport()
    report.take("$SYS/broker/uptime", b"17 seconds")
    assert report.uptime_s == 17
