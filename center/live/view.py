"""What of the live state somebody may see."""

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
    """What somebody may see. Browsers with equal views are sent the same text, which is made once.

    Attributes:
        places: vehicles, devices, boxes, and what rules found of them.
        staff: where members of staff are now.
        cameras: their stills.
        cases: cases.
    """

    places: Scope
    staff: Scope
    cameras: Scope
    cases: Scope

    @classmethod
    def of(cls, caller: Caller) -> Self:
        """The view of whoever asks."""
        return cls(
            places=caller.scope("live.read"),
            staff=caller.scope("staff_live.read"),
            cameras=caller.scope("camera.read"),
            cases=caller.scope("case.read"),
        )

    def shows(self, kind: EntityKind, district: str) -> bool:
        """Whether an entity of a district is in it."""
        scope = self.staff if kind is EntityKind.PERSON else self.places
        return scope.contains(district=district)

    def entities(self, entities: Iterable[Entity]) -> list[Entity]:
        """Those that are in it."""
        return [each for each in entities if self.shows(each.kind, each.district)]

    def has_case(self, case: Case) -> bool:
        """Whether a case is in it."""
        return self.cases.contains(
            district=case.district,
            department=case.department_code or case.department,
            assignee=getattr(case, "assignee", None),
            opener=getattr(case, "opener", None),
        )


WHOLE: Final = LiveView(places=EVERYTHING, staff=EVERYTHING, cameras=EVERYTHING, cases=EVERYTHING)
