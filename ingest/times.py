"""One rule for the times that devices send, on every stream.

A time that is ahead of our clock by more than `limits.future_s` is wrong, unless our clock is. The message is
stored with a flag (`store.quality.Quality.FUTURE`) and never becomes the latest: it changes no position,
reading or still, and triggers no rule and no case. Beyond `limits.far_future_s` it is refused.

The rule also applies to stored rows, because our own clock may have been ahead for a while: a latest row that
is ahead of our present clock gives way to the next message.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from ingest.errors import BadMessageError, Reason
from ingest.settings import Limits
from wire.messages import Time, as_epoch

DAY_S: Final = 86_400


def is_ahead(moments: Iterable[Time], *, now: float, limits: Limits, oldest_days: int | None = None) -> bool:
    """Whether one of a message's times is ahead of our clock.

    Args:
        moments: all times in the message.
        now: epoch seconds.
        limits: when a time is ahead, and when it is refused.
        oldest_days: older times are refused; None refuses no time for its age.

    Raises:
        BadMessageError: a time is too far ahead, or too old.
    """
    ahead = False
    for moment in moments:
        seconds = as_epoch(moment)
        if seconds > now + limits.far_future_s or (oldest_days and seconds < now - oldest_days * DAY_S):
            raise wrong_time(seconds, now)
        ahead |= seconds > now + limits.future_s
    return ahead


def wrong_time(moment: float, now: float) -> BadMessageError:
    """The refusal of a time; both arguments are epoch seconds."""
    away_s = abs(moment - now)
    away = f"{away_s / 3600:.0f} hours" if away_s >= 2 * 3600 else f"{away_s:.0f} s"
    return BadMessageError(
        Reason.TIME,
        f"{datetime.fromtimestamp(moment, UTC).isoformat()} is {away} "
        f"{'ahead of' if moment > now else 'behind'} our clock",
    )
