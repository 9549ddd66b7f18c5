"""The result of storing a batch."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch, Refusal
from ingest.ledger import Fate


@dataclass(slots=True, kw_only=True)
class Written:
    """The result of storing a batch.

    Attributes:
        fates: one `Fate` for each message of the whole batch; `UNDECIDED` for those not in this part of it.
        rows: new rows, by table.
        known_rows: rows that were stored already, by table.
        refused: messages that the database rejected, quarantined instead.
    """

    fates: NDArray[np.int8]
    rows: Counter[str] = field(default_factory=Counter)
    known_rows: Counter[str] = field(default_factory=Counter)
    refused: tuple[Refusal, ...] = ()

    @classmethod
    def of(cls, batch: Batch) -> Written:
        """The empty result for a batch."""
        return cls(fates=np.full(len(batch.arrival.deliveries), Fate.UNDECIDED, dtype=np.int8))

    def set_fate(self, ordinal: int, fate: Fate) -> None:
        """Give one part of a message a fate; a message with at least one stored part is stored."""
        if fate is Fate.STORED or self.fates[ordinal] != Fate.STORED:
            self.fates[ordinal] = fate
