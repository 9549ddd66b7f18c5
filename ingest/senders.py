"""The senders of messages, and arrays with a row for each sender."""

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
        kind: vehicle, person, device, camera or box.
        id: its id, unique within its kind.
        district: the district of its last message.
        index: its row in this program's arrays, counted from 0.
        topics: number of its remembered topics.
    """

    kind: Kind
    id: str
    district: str
    index: int
    topics: int = 0


def grown(array: NDArray[ScalarT], senders: int, fill: float) -> NDArray[ScalarT]:
    """An array by `Sender.index` with room for `senders` senders.

    Args:
        array: the present array; returned itself if it has room.
        senders: the number of senders.
        fill: value of new rows.
    """
    more = senders - len(array)
    if more <= 0:
        return array
    more += len(array)  # at least twice as long, so that growing costs little for each sender
    return np.concatenate([array, np.full((more, *array.shape[1:]), fill, dtype=array.dtype)])
