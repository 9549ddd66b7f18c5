"""The API's answers about the caller's phone."""

from __future__ import annotations

from typing import Final

from msgspec import Struct


class Phone(Struct, frozen=True, kw_only=True):
    """The caller's phone, as the live map knows it.

    Attributes:
        device: the id of the entity `person/{device}`; null if the register of persons has none.
        reports: whether this center takes positions of phones.
        every_s: seconds between two reports.
    """

    device: str | None
    reports: bool
    every_s: float


STRUCTS: Final = (Phone,)
