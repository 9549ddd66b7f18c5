"""What can be doubtful about a fix, as bits of `position.flags`; 0 is a good fix.

A doubtful fix is stored like any other. What `HIDDEN` names is kept off the live map and out of rules.
"""

from __future__ import annotations

from enum import IntFlag
from typing import Final


class Quality(IntFlag):
    """One bit a doubt.

    Attributes:
        NO_FIX: the receiver says that it had none and repeats an old place.
        NULL_ISLAND: (0, 0), what receivers send before their first fix.
        FUTURE: taken later than it was received: the device's clock is ahead.
        TOO_OLD: received long after it was taken: history, not news.
        IMPOSSIBLE_SPEED: farther from the entity's last good fix than anything on a street can go.
        POOR_ACCURACY: the device itself believes it may be far off.
        SAME_PLACE: exactly the place of the last good fix; worth knowing, nothing to hide.
        RETAINED: the broker had kept it and sent it when ingest subscribed: it says nothing about now.
        INCOMPLETE: an optional field was out of its range and left out.
    """

    NO_FIX = 1
    NULL_ISLAND = 2
    FUTURE = 4
    TOO_OLD = 8
    IMPOSSIBLE_SPEED = 16
    POOR_ACCURACY = 32
    SAME_PLACE = 64
    RETAINED = 128
    INCOMPLETE = 256


def quality_of(*, ahead: bool, retained: bool) -> int:
    """The bits of what is no fix, and has no other doubts."""
    return int((Quality.FUTURE if ahead else 0) | (Quality.RETAINED if retained else 0))


HIDDEN: Final = (
    Quality.NO_FIX
    | Quality.NULL_ISLAND
    | Quality.FUTURE
    | Quality.TOO_OLD
    | Quality.IMPOSSIBLE_SPEED
    | Quality.POOR_ACCURACY
)
"""The doubts that keep a fix off the live map and out of rules."""

MISPLACED: Final = HIDDEN & ~Quality.TOO_OLD
"""The doubts about the place itself, which keep a fix out of the past too; what only came late was there."""
