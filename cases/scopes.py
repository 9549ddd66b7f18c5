"""What an account may see, as a value; it limits lists, the map, the live feed and exports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """A part of all cases or places: those that meet all given conditions.

    Attributes:
        districts: in one of these.
        departments: a case of one of these, by code or name.
        assignee: a case that is assigned to this login.
        opener: a case that this login opened.
    """

    districts: frozenset[str] | None = None
    departments: frozenset[str] | None = None
    assignee: str | None = None
    opener: str | None = None

    def contains(
        self,
        *,
        district: str | None,
        department: str | None = None,
        assignee: str | None = None,
        opener: str | None = None,
    ) -> bool:
        """Whether a case or place is in it."""
        return (
            (self.districts is None or district in self.districts)
            and (self.departments is None or department in self.departments)
            and (self.assignee is None or assignee == self.assignee)
            and (self.opener is None or opener == self.opener)
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """What an actor may see: everything in one of these portions; nothing if there is none.

    Equal scopes show the same, so a scope can be a cache key.
    """

    portions: frozenset[Portion] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.portions)

    @property
    def is_everything(self) -> bool:
        """Whether there is no limit."""
        return Portion() in self.portions

    @property
    def districts(self) -> frozenset[str] | None:
        """The districts whose places may all be seen; None for all districts."""
        found: set[str] = set()
        for portion in self.portions:
            if portion == Portion(districts=portion.districts):
                if portion.districts is None:
                    return None
                found |= portion.districts
        return frozenset(found)

    def contains(
        self,
        *,
        district: str | None,
        department: str | None = None,
        assignee: str | None = None,
        opener: str | None = None,
    ) -> bool:
        """Whether a case or a place may be seen."""
        return any(
            portion.contains(district=district, department=department, assignee=assignee, opener=opener)
            for portion in self.portions
        )


EVERYTHING: Final = Scope(frozenset({Portion()}))
