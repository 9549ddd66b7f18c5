"""Case numbers. There is no national form; a common one is prefix + yyyyMMdd + 4 digits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from cases.errors import PolicyError


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """How cases are numbered: counted up within each day of the city.

    Attributes:
        prefix: 0 to 12 letters, digits or hyphens.
        digits: width of the day's sequence number, padded with zeros; more digits are used if needed.
        zone: decides when a day begins.
    """

    prefix: str
    digits: int
    zone: tzinfo

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9-]{0,12}", self.prefix):
            raise PolicyError(f"numbering.prefix {self.prefix!r} must be up to 12 letters, digits or hyphens")
        if not 1 <= self.digits <= 9:  # noqa: PLR2004
            raise PolicyError(f"numbering.digits {self.digits} must be 1 to 9")

    def day(self, moment: datetime) -> date:
        """The day of a case that is opened at `moment`, which has a time zone."""
        assert moment.tzinfo is not None
        return moment.astimezone(self.zone).date()

    def number(self, day: date, sequence: int) -> str:
        """The number of a day's case.

        Args:
            day: from `day`.
            sequence: 1 for the day's first.
        """
        return f"{self.prefix}{day:%Y%m%d}{sequence:0{self.digits}d}"
