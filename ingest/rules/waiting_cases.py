"""Cases that wait for a place: their condition has begun, but the place of the entity is not known yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ingest.batch import Item
from ingest.fixes import Fixes
from ingest.rules.condition_state import Condition
from ingest.rules.settings import AnyRule
from ingest.rules.transitions import Evaluation, Transition, place_found
from ingest.senders import Sender
from store.quality import MISPLACED
from wire.messages import Status, Telemetry


class WaitingCases:
    """Remembers the senders with waiting cases, and finds their places in received messages.

    Args:
        rules: those that open cases are found by name.
    """

    def __init__(self, rules: Sequence[AnyRule]) -> None:
        self._rules = {rule.name: rule for rule in rules if rule.opens_case is not None}
        self._waiting: dict[int, dict[tuple[str, str], Condition]] = {}  # by sender, then rule and area

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def add(self, sender: int, rule: str, area: str, condition: Condition) -> None:
        """Add a condition that has begun without a place; ignored if its rule opens no case."""
        if rule in self._rules:
            self._waiting.setdefault(sender, {})[rule, area] = condition

    def remove(self, sender: int, rule: str, area: str) -> None:
        """Remove a condition: its case has a place, or it has ended."""
        conditions = self._waiting.get(sender, {})
        conditions.pop((rule, area), None)
        if not conditions:
            self._waiting.pop(sender, None)

    def places(
        self,
        fixes: Fixes,
        telemetry: Sequence[Item[Telemetry]],
        statuses: Sequence[Item[Status]],
        senders: Sequence[Sender],
        *,
        known: Callable[[int], tuple[float, float]],
    ) -> list[Transition]:
        """The places that a batch gives: by a fix, however old, or by a component.

        Args:
            fixes: flagged.
            telemetry: a reading asks again for a place that was known at a restart.
            statuses: they may name the component that a sensor sits on.
            senders: everyone, by index.
            known: the last place of a sender, in degrees; NaN if there is none.
        """
        found: dict[int, tuple[int, float, float]] = {}  # by sender: the message, lat, lon
        for reading in telemetry:
            index = reading.route.sender.index
            if index in self._waiting and not np.isnan(known(index)[0]):
                found[index] = reading.ordinal, *known(index)
        for status in statuses:
            if "component" in status.message.detail:
                found[status.route.sender.index] = status.ordinal, np.nan, np.nan
        here = np.isin(fixes.sender, list(self._waiting)) & ((fixes.flags & int(MISPLACED)) == 0)
        rows = np.flatnonzero(here)
        for row in rows[np.argsort(fixes.time_us[rows], kind="stable")].tolist():
            place = float(fixes.lat[row]), float(fixes.lon[row])
            found[int(fixes.sender[row])] = int(fixes.message[row]), *place
        return [
            self._place_found(senders[index], *place, rule=rule, area=area, condition=condition)
            for index, place in found.items()
            for (rule, area), condition in self._waiting.get(index, {}).items()
        ]

    def _place_found(
        self,
        sender: Sender,
        ordinal: int,
        lat: float,
        lon: float,
        *,
        rule: str,
        area: str,
        condition: Condition,
    ) -> Transition:
        evaluation = Evaluation(
            ordinal=ordinal, sender=sender, at_s=condition.evaluated_s, lat=lat, lon=lon, value=None
        )
        return place_found(evaluation, self._rules[rule], area, condition)
