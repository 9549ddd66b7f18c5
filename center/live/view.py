"""The part of the live state that an account may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from cases.scopes import EVERYTHING, Scope
from center.cases.models import Case
from center.live.models import Entity
from center.models import EntityKind
from center.people.caller import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """What an account may see. Browsers with equal views share the same messages.

    Attributes:
        places: districts of vehicles, devices, boxes, and of rule events about them.
        staff: districts of the members of staff.
        cameras: districts of the stills.
        cases: the scope of cases.
    """

    places: Scope
    staff: Scope
    cameras: Scope
    cases: Scope

    @classmethod
    def of(cls, caller: Caller) -> Self:
        """The view of a caller."""
        return cls(
            places=caller.scope("live.read"),
            staff=caller.scope("staff_live.read"),
            cameras=caller.scope("camera.read"),
            cases=caller.scope("case.read"),
        )

    def shows(self, kind: EntityKind, district: str) -> bool:
        """Whether an entity of a district is in the view."""
        scope = self.staff if kind is EntityKind.PERSON else self.places
        return scope.contains(district=district)

    def entities(self, entities: Iterable[Entity]) -> list[Entity]:
        """The entities in the view."""
        return [each for each in entities if self.shows(each.kind, each.district)]

    def has_case(self, case: Case) -> bool:
        """Whether a case is in the view."""
        return self.cases.contains(
            district=case.district,
            department=case.department_code or case.department,
            assignee=getattr(case, "assignee", None),
            opener=getattr(case, "opener", None),
        )


WHOLE: Final = LiveView(places=EVERYTHING, staff=EVERYTHING, cameras=EVERYTHING, cases=EVERYTHING)
