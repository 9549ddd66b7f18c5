"""The file with the staff of a city, and the passwords of their accounts."""

from __future__ import annotations

from pathlib import Path

import msgspec

from city.errors import CityError
from city.people.staff import Member


class StaffFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The staff of the city.

    Attributes:
        staff: all members.
        passwords: of their accounts, by login.
        open311_key: of the other system that sends citizens' reports; None if there is none.
    """

    staff: list[Member]
    passwords: dict[str, str]
    open311_key: str | None = None


def read(file: Path) -> StaffFile:
    """Read the file.

    Raises:
        CityError: it is missing or malformed.
    """
    try:
        return msgspec.json.decode(file.read_bytes(), type=StaffFile)
    except (OSError, msgspec.MsgspecError) as error:
        raise CityError(
            f'{file} cannot be used ({error}); it must have {{"staff": […], "passwords": {{…}}}}, as the '
            "stack writes it; see docs/simulated-city.md"
        ) from None
