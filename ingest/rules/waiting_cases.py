"""Cases that wait for a place: their condition has begun, but the place of its entity is not known yet."""

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
    """Conditions that have begun, and will each open a case once the place of their sender is known.

    Args:
        rules: all rules; conditions of rules that open no case do not wait.
    """

    def __init__(self, rules: Sequence[AnyRule]) -> None:
        self._rules = {rule.name: rule for rule in rules if rule.opens_case is not None}
        self._waiting: dict[int, dict[tuple[str, str], Condition]] = {}  # by sender, then rule and area

    def __len__(self) -> int:
        """Number of waiting conditions."""
        return sum(map(len, self._waiting.values()))

    def add(self, sender: int, rule: str, area: str, condition: Condition) -> None:
        """Add a condition that has begun without a place; it is ignored if its rule opens no case."""
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
        last_place: Callable[[int], tuple[float, float]],
    ) -> list[Transition]:
        """A transition for each waiting condition whose sender gets a place by this batch.

        Args:
            fixes: with their quality flags; each gives a place, however old it is, unless it is misplaced.
            telemetry: a reading gives its sender the last place, if that is known: after a restart, places
                are restored from the database.
            statuses: they may name the component on which a sensor is mounted, which has a place.
            senders: all senders, by index.
            last_place: returns a sender's last latitude and longitude, degrees; NaN if none is known.
        """
        found: dict[int, tuple[int, float, float]] = {}  # by sender: ordinal of the message, lat, lon
        for reading in telemetry:
            index = reading.route.sender.index
            if index in self._waiting and not np.isnan(last_place(index)[0]):
                found[index] = reading.ordinal, *last_place(index)
        for status in statuses:
            if "component" in status.message.detail:
                # NaN: the place of the component is looked up in the database
                found[status.route.sender.index] = status.ordinal, np.nan, np.nan
        usable = np.isin(fixes.sender, list(self._waiting)) & ((fixes.flags & int(MISPLACED)) == 0)
        rows = np.flatnonzero(usable)
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
