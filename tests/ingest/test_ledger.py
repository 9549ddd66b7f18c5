"""The fates add up at any moment, also for a reader in another thread."""

import threading

from ingest.ledger import Fate, Ledger


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
