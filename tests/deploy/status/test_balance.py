"""Values from one scrape of ingest, and from two."""

from __future__ import annotations

import math

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from deploy.status.balance import Scrape, lag_between, read
from ingest.ledger import Fate, Ledger
from ingest.metrics import Flow, Metrics


def test_a_scrape_of_the_real_metrics_is_understood() -> None:
    registry, ledger, second = CollectorRegistry(), Ledger(), Ledger()
    flows = {
        name: Flow(
            ledger=each,
            waiting_messages=lambda: 0,
            broker_waiting=lambda: None,
            database_waiting=lambda: None,
            receive_maximum=100,
            stopped=lambda: None,
        )
        for name, each in (("positions", ledger), ("incidents", second))
    }
    metrics = Metrics(registry=registry, flows=flows)
    second.receive(3)
    second.settle({(Fate.DUPLICATE, "incident"): 1})
    ledger.receive(10)
    ledger.settle(
        {(Fate.STORED, "position"): 4, (Fate.STORED, "status"): 1, (Fate.QUARANTINED, "unknown"): 2}
    )
    metrics.observe_lag(np.array([0.06, 0.2, 2.5]))

    look = read(generate_latest(registry).decode())

    assert (look.received, look.in_flight, look.lost) == (13, 5, 0)
    assert look.fates == {"stored": 5, "duplicate": 1, "quarantined": 2}
    assert look.lag[0.05] == 0
    assert look.lag[0.075] == 1
    assert look.lag[math.inf] == 3


def looked(lag: dict[float, int]) -> Scrape:
    return Scrape(received=0, in_flight=0, fates={}, dropped=0, lag=lag)


NONE = looked({0.1: 0, 0.5: 0, math.inf: 0})


def test_lag_is_of_the_time_between_two_looks() -> None:
    before = looked({0.1: 0, 0.5: 0, math.inf: 1000})
    after = looked({0.1: 100, 0.5: 100, math.inf: 1100})
    assert lag_between(before, after) == pytest.approx(0.099)


def test_lag_within_a_bucket_counts_as_evenly_spread() -> None:
    assert lag_between(NONE, looked({0.1: 50, 0.5: 100, math.inf: 100}), share=0.75) == pytest.approx(0.3)


def test_lag_beyond_the_last_bound_is_that_bound() -> None:
    assert lag_between(NONE, looked({0.1: 0, 0.5: 0, math.inf: 10})) == 0.5


def test_without_fixes_there_is_no_lag() -> None:
    assert lag_between(NONE, NONE) is None
    assert lag_between(looked({}), looked({})) is None


def test_a_message_without_a_fate_is_lost() -> None:
    fates = {"stored": 5, "duplicate": 1, "quarantined": 1}
    assert Scrape(received=10, in_flight=2, fates=fates, dropped=0, lag={}).lost == 1


def test_dropped_messages_count_as_lost() -> None:
    name = "streetwarden_ingest_broker_dropped"
    look = read(f"# TYPE {name} counter\n{name}_total 7.0\n")
    assert (look.dropped, look.lost) == (7, 7)
