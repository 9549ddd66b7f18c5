"""The fates add up at any moment, also for a reader in another thread."""

import threading

from ingest.ledger import Fate, Ledger
from ingest.stall import Stall


def test_a_scrape_never_sees_the_books_out_of_balance() -> None:
    ledger = Ledger()
    stop = threading.Event()
    wrong: list[object] = []

    def scrape() -> None:
        while not stop.is_set():
            look = ledger.balance()
            if look.received != sum(look.fates.values()) + look.in_flight or look.in_flight < 0:
                wrong.append(look)

    scraper = threading.Thread(target=scrape)
    scraper.start()
    for _ in range(20_000):
        ledger.receive(3)
        ledger.settle({(Fate.STORED, "position"): 2, (Fate.QUARANTINED, "unknown"): 1})
    stop.set()
    scraper.join()
    assert wrong == []
    assert ledger.balance().fates == {
        (Fate.STORED, "position"): 40_000,
        (Fate.QUARANTINED, "unknown"): 20_000,
    }


def test_a_stall_counts_from_the_last_fate_while_messages_are_in_flight() -> None:
    now = [100.0]
    ledger = Ledger(seconds=lambda: now[0])
    stall = Stall(ledger, session="positions", longest_s=30)
    now[0] += 1000
    assert ledger.balance().stall_s == 0, "nobody waits"

    ledger.receive(3)
    now[0] += 20
    ledger.receive(5)
    assert ledger.balance().stall_s == 20, "later messages do not hide the earlier ones' wait"
    assert stall.waiting() is None
    now[0] += 10
    assert str(stall.waiting()).startswith(
        "8 messages of the session of positions are in flight and none has got its fate for 30 s; "
    )

    ledger.settle({(Fate.STORED, "position"): 1})
    assert stall.waiting() is None
    now[0] += 5
    assert ledger.balance().stall_s == 5
    ledger.settle({(Fate.STORED, "position"): 7})
    now[0] += 5
    assert ledger.balance().stall_s == 0
