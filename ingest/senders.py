"""Who messages come from, and arrays with a row for each of them."""

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
        kind: what it is.
        id: its name, unique within its kind.
        district: where it last spoke from.
        index: its row in this program's own arrays, counted from 0.
        topics: how many of its topics are remembered.
    """

    kind: Kind
    id: str
    district: str
    index: int
    topics: int = 0


def grown(array: NDArray[ScalarT], senders: int, fill: float) -> NDArray[ScalarT]:
    """An array by `Sender.index` with room for so many senders.

    Args:
        array: as it was; returned itself where it has room.
        senders: how many there are.
        fill: what new rows hold.
    """
    more = senders - len(array)
    if more <= 0:
        return array
    more += len(array)  # at least twice as long, so that growing costs little for each sender
    return np.concatenate([array, np.full((more, *array.shape[1:]), fill, dtype=array.dtype)])
