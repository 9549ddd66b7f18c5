"""Quality flags of a fix, the bits of `position.flags`; 0 is a good fix.

A doubtful fix is stored like any other. Flags in `HIDDEN` keep it off the live map and out of rules.
"""

from __future__ import annotations

from enum import IntFlag
from typing import Final


class Quality(IntFlag):
    """One bit for each doubt.

    Attributes:
        NO_FIX: the receiver had no fix and repeats an old place.
        NULL_ISLAND: (0, 0), which receivers send before their first fix.
        FUTURE: taken later than it was received: the device's clock is ahead.
        TOO_OLD: received long after it was taken.
        IMPOSSIBLE_SPEED: farther from the entity's last good fix than anything on a street can go.
        POOR_ACCURACY: the accuracy that the device states is poor.
        SAME_PLACE: exactly the place of the last good fix; informative, not doubtful.
        RETAINED: a retained message from the broker: it says nothing about now.
        INCOMPLETE: an optional field was out of range and left out.
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
    """The flags of a message that is not a fix."""
    return int((Quality.FUTURE if ahead else 0) | (Quality.RETAINED if retained else 0))


HIDDEN: Final = (
    Quality.NO_FIX
    | Quality.NULL_ISLAND
    | Quality.FUTURE
    | Quality.TOO_OLD
    | Quality.IMPOSSIBLE_SPEED
    | Quality.POOR_ACCURACY
)
"""Flags that keep a fix off the live map and out of rules."""

MISPLACED: Final = HIDDEN & ~Quality.TOO_OLD
"""Flags of a wrong place, which also keep a fix out of history; a fix that is only late stays in it."""
