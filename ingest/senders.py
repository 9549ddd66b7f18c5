"""The senders of messages, and arrays with a row for each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from wire.topics import Kind

ScalarT = TypeVar("ScalarT", bound=np.generic)


@dataclass(slots=True, kw_only=True, eq=False)
class Sender:
    """One vehicle, person, device, camera or box.

    Attributes:
        kind: its kind.
        id: its name, unique within its kind.
        district: district of its last message, six digits.
        index: its row in this program's arrays, from 0.
        topics: number of its topics that are remembered.
    """

    kind: Kind
    id: str
    district: str
    index: int
    topics: int = 0


def grown(array: NDArray[ScalarT], senders: int, fill: float) -> NDArray[ScalarT]:
    """An array by `Sender.index` with at least one row for each sender.

    Args:
        array: the present array, returned unchanged if it is long enough.
        senders: number of senders.
        fill: value of new rows.
    """
    more = senders - len(array)
    if more <= 0:
        return array
    more += len(array)  # at least doubled, so that growing costs little for each sender
    return np.concatenate([array, np.full((more, *array.shape[1:]), fill, dtype=array.dtype)])
