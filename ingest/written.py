"""What a commit makes of a batch."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch, Refusal
from ingest.ledger import Fate


@dataclass(slots=True, kw_only=True)
class Written:
    """What a commit made of a batch.

    Attributes:
        fates: one `Fate` a message of the whole batch; `UNDECIDED` for those not in this part of it.
        rows: rows that are new, by table.
        known_rows: rows that were there already, by table.
        refused: what the database would not take, quarantined instead.
    """

    fates: NDArray[np.int8]
    rows: Counter[str] = field(default_factory=Counter)
    known_rows: Counter[str] = field(default_factory=Counter)
    refused: tuple[Refusal, ...] = ()

    @classmethod
    def of(cls, batch: Batch) -> Written:
        """Nothing written yet."""
        return cls(fates=np.full(len(batch.arrival.deliveries), Fate.UNDECIDED, dtype=np.int8))

    def say(self, ordinal: int, fate: Fate) -> None:
        """One part of a message has this fate; if any part is stored, the message is."""
        if fate is Fate.STORED or self.fates[ordinal] != Fate.STORED:
            self.fates[ordinal] = fate
