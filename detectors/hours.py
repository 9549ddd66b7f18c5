"""When objects may stand in a zone: a market until nine, deliveries at night. Pure: the time is passed in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Final, Self

import numpy as np

from detectors.errors import DetectorError
from detectors.look import Look
from detectors.observations import Observations, Verdict

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY_MIN: Final = 24 * 60
_SPAN: Final = re.compile(r"(?:(\S+) +)?(\d\d):([0-5]\d)-(\d\d):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    days: frozenset[int]  # weekdays on which the span begins; Monday is 0
    begins_min: int
    ends_min: int  # exclusive; on the next day if it is not after begins_min

    def holds(self, day: int, minute: int) -> bool:
        if self.begins_min < self.ends_min:
            return day in self.days and self.begins_min <= minute < self.ends_min
        return (day in self.days and minute >= self.begins_min) or (
            (day - 1) % 7 in self.days and minute < self.ends_min
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Hours of the week by local time, also on days on which summer time begins or ends."""

    spans: tuple[_Span, ...]
    zone: tzinfo

    @classmethod
    def parse(cls, texts: Sequence[str], zone: tzinfo) -> Self:
        """Read spans such as `06:00-09:00`, `Mon-Fri 22:00-24:00`, `Sat,Sun 20:00-02:00`.

        A text without days holds for every day. A span whose end is not after its beginning ends on the next
        day.

        Raises:
            DetectorError: a text is not a span of hours; the message quotes it.
        """
        return cls(spans=tuple(_span(text) for text in texts), zone=zone)

    def allow(self, at: float) -> bool:
        """Whether a moment, in seconds since the epoch, lies within these hours."""
        local = datetime.fromtimestamp(at, self.zone)
        return any(span.holds(local.weekday(), local.hour * 60 + local.minute) for span in self.spans)


@dataclass(slots=True, kw_only=True)
class AllowedHoursFilter:
    """Reports objects in zones as `allowed` within the allowed hours and for one dwell after their end.

    That dwell is the time to clear the zone. It counts from the last look within the hours, on the monotonic
    clock of the looks, so a correction of the wall clock does not change it.

    Attributes:
        hours: the allowed hours of each zone that has any.
        dwell_s: the dwell of each of these zones, seconds.
    """

    hours: Mapping[str, Hours]
    dwell_s: Mapping[str, float]
    _last_s: dict[str, float] = field(default_factory=dict)

    def note(self, look: Look) -> None:
        """Note the moment of a look, even if its picture is faulty. A look without `taken_at` is ignored."""
        if look.taken_at is not None:
            for place, hours in self.hours.items():
                if hours.allow(look.taken_at):
                    self._last_s[place] = look.at_s

    def applied(self, found: Observations) -> Observations:
        """The rows, with `allowed` in place of `occupied` in zones that are within their time.

        A state that becomes `occupied` afterwards does not begin before the end of the hours.
        """
        if not self._last_s:
            return found
        verdict, since_s = found.verdict.copy(), found.since_s.copy()
        for row, place in enumerate(found.place):
            last_s = self._last_s.get(place, -np.inf)
            if verdict[row] == Verdict.OCCUPIED and np.isfinite(last_s):
                since_s[row] = max(since_s[row], last_s)
                if found.at_s - last_s < self.dwell_s[place]:
                    verdict[row] = Verdict.ALLOWED
        return replace(found, verdict=verdict, since_s=since_s)


def _span(text: str) -> _Span:
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise DetectorError(
            f"{text!r} is not a span of hours; write for example 06:00-09:00 or Mon-Fri 22:00-24:00"
        )
    days, *figures = found.groups()
    from_hour, from_min, to_hour, to_min = map(int, figures)
    begins, ends = from_hour * 60 + from_min, to_hour * 60 + to_min
    if begins >= _DAY_MIN or ends > _DAY_MIN or begins == ends:
        raise DetectorError(f"{text!r}: a day goes from 00:00 to 24:00; write hours within it")
    return _Span(days=_days(days, text) if days else frozenset(range(7)), begins_min=begins, ends_min=ends)


def _days(words: str, text: str) -> frozenset[int]:
    days: set[int] = set()
    for word in words.split(","):
        first, _, last = word.partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            raise DetectorError(f"{text!r}: {word!r} is not a day; the days are {', '.join(_DAYS)}")
        begins = _DAYS.index(first)
        count = (_DAYS.index(last or first) - begins) % 7 + 1
        days.update((begins + step) % 7 for step in range(count))
    return frozenset(days)
