"""Evaluates all rules on a batch. NumPy finds where a condition can change; Python steps through those only.

Nearly all fixes change nothing: the vehicle is outside every area and slow enough, as it was before. One
matrix (conditions x fixes) is compared with the state of each condition. Only pairs of entity and condition
that disagree with it, or that are rising or falling, are stepped through in order of time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo.distance import distance_m
from ingest.batch import Item
from ingest.fixes import Fixes, Floats, Integers
from ingest.rules.condition_state import Condition, ConditionState, Durations, evaluate, is_unchanged
from ingest.rules.conditions import FixColumns, Truths, rule_conditions, threshold
from ingest.rules.settings import AnyRule, Threshold
from ingest.rules.transitions import Evaluation, Transition, transition_of
from ingest.rules.waiting_cases import WaitingCases
from ingest.senders import Sender
from store.quality import HIDDEN, Quality
from wire.messages import Status, Telemetry, as_epoch

Readings: TypeAlias = Mapping[str, bool | float | str]

_PASSED_OVER: Final = int(HIDDEN | Quality.RETAINED)
_, _RISING, _ON, _FALLING = map(int, ConditionState)  # NumPy compares plain numbers ten times faster


class RuleEngine:
    """Evaluates rules on the stream. Its state can be restored from the transitions that it returns.

    Args:
        rules: the rules.
        folder: the folder of area files with relative names.

    Attributes:
        waiting: cases that wait for the place of their entity.

    Raises:
        RuleError: a rule is wrong; the text names it.
    """

    def __init__(self, rules: Sequence[AnyRule] = (), *, folder: Path = Path()) -> None:
        self.rules = tuple(rules)
        self._groups = rule_conditions(rules, folder)
        self._thresholds = [rule for rule in rules if isinstance(rule, Threshold)]
        self._conditions = [(group, area) for group in self._groups for area in group.areas]
        self._condition_of = {
            (group.rule.name, area): number for number, (group, area) in enumerate(self._conditions)
        }
        self._states = np.zeros((0, len(self._conditions)), dtype=np.int8)
        self._applies = np.zeros((0, len(self.rules)), dtype=np.bool_)
        # Of the last fix and the last readings evaluated, by sender.
        self._last: Floats = np.zeros((0, 5))  # seconds, lat, lon, speed, ignition
        self._last_readings: dict[int, tuple[float, Readings | None]] = {}
        self.waiting = WaitingCases(rules)
        self._current: dict[tuple[int, str, str], Condition] = {}
        self._owners = [self.rules.index(group.rule) for group, _ in self._conditions]
        self._truths: Truths = np.zeros((len(self._conditions), 0), dtype=np.int8)  # reused
        self._welcomed = 0

    def make_room(self, senders: Sequence[Sender]) -> None:
        """Provide rows for all senders, and find the rules that concern them."""
        if len(senders) > len(self._states):
            more = 2 * len(senders) - len(self._states)
            states = np.zeros((more, len(self._conditions)), dtype=np.int8)
            self._states = np.concatenate([self._states, states])
            self._last = np.concatenate([self._last, np.full((more, 5), np.nan)])
            applies = np.zeros((more, len(self.rules)), dtype=np.bool_)
            self._applies = np.concatenate([self._applies, applies])
        for sender in senders[self._welcomed :]:
            for number, rule in enumerate(self.rules):
                self._applies[sender.index, number] = rule.concerns(sender.kind, sender.id)
        self._welcomed = len(senders)

    def recall_place(self, sender: int, *, time_s: float, lat: float, lon: float) -> None:
        """Restore the newest fix from the database; fixes that are not newer fire no rule."""
        if not self._last[sender, 0] >= time_s:
            self._last[sender] = time_s, lat, lon, np.nan, np.nan

    def recall_telemetry(self, sender: int, *, time_s: float) -> None:
        """Restore the time of the newest telemetry from the database; older telemetry fires no rule."""
        if sender not in self._last_readings or self._last_readings[sender][0] < time_s:
            self._last_readings[sender] = time_s, None

    def recall(
        self, sender: int, *, rule: str, area: str, condition: Condition, unplaced: bool = False
    ) -> None:
        """Restore a condition from the database.

        Args:
            sender: index of the sender.
            rule: name of the rule.
            area: name of the area.
            condition: its state.
            unplaced: whether it has begun without a case, because no place was known.
        """
        self._set(sender, rule, area, condition)
        if unplaced:
            self.waiting.add(sender, rule, area, condition)

    def follow(
        self,
        fixes: Fixes,
        telemetry: Sequence[Item[Telemetry]],
        senders: Sequence[Sender],
        *,
        statuses: Sequence[Item[Status]] = (),
        after_s: float = float("inf"),
    ) -> list[Transition]:
        """Evaluate a batch, once.

        Args:
            fixes: flagged fixes. Doubtful, late and retained ones are not evaluated (ADR 0141), but may give
                a waiting case its place.
            telemetry: readings. Late and retained ones, and those ahead of our clock, are not evaluated.
            senders: all senders, by index.
            statuses: a status may name the component of a sensor, which has a place.
            after_s: fixes and readings later than this are forgotten: our clock was ahead when they came.
        """
        if not self.rules:
            return []
        self.make_room(senders)
        wrong = fixes.sender[self._last[fixes.sender, 0] > after_s]
        if len(wrong):
            self._last[wrong] = np.nan
        transitions = self._follow_fixes(fixes, senders) if len(fixes) else []
        if self.waiting:
            transitions += self.waiting.places(
                fixes, telemetry, statuses, senders, last_place=self._last_place
            )
        if telemetry and self._thresholds:
            transitions += self._follow_telemetry(telemetry, after_s)
        return transitions

    def _follow_fixes(self, fixes: Fixes, senders: Sequence[Sender]) -> list[Transition]:
        live = np.flatnonzero(~self._late(fixes) & ((fixes.flags & _PASSED_OVER) == 0))
        if not len(live):
            return []
        order = live[np.lexsort((fixes.time_us[live], fixes.sender[live]))]
        who = fixes.sender[order]
        first = np.ones(len(order), dtype=np.bool_)
        np.not_equal(who[1:], who[:-1], out=first[1:])
        starts = np.flatnonzero(first)
        ends = np.append(starts[1:], len(order))
        columns = self._columns(fixes, order, first)
        truths = self._evaluate_columns(columns)
        entities, conditions = self._may_change(truths, who[starts], starts, ends)
        transitions: list[Transition] = []
        for entity, condition in zip(entities.tolist(), conditions.tolist(), strict=True):
            if not self._applies[who[starts[entity]], self._owners[condition]]:
                continue
            part = slice(int(starts[entity]), int(ends[entity]))
            transitions += self._steps(
                fixes, order[part], truths[condition, part], columns, part, condition, senders
            )
        last = order[ends - 1]
        self._last[who[starts]] = _as_last(fixes, last)
        transitions.sort(key=lambda each: each.ordinal)
        return transitions

    def _last_place(self, sender: int) -> tuple[float, float]:
        lat, lon = self._last[sender, 1:3].tolist()
        return lat, lon

    def _late(self, fixes: Fixes) -> NDArray[np.bool_]:
        """Fixes older than the last one, or equal to it; a different fix of the same time is not late."""
        known_us = np.rint(self._last[fixes.sender, 0] * 1e6)
        late: NDArray[np.bool_] = known_us > fixes.time_us
        (equal,) = np.nonzero(known_us == fixes.time_us)
        if len(equal):
            known, now = self._last[fixes.sender[equal], 1:], _as_last(fixes, equal)[:, 1:]
            recalled = np.isnan(known[:, 3])  # from the database: only its place is compared
            same = (known == now) | (np.isnan(known) & np.isnan(now))
            same[recalled, 2:] = True
            late[equal] = same.all(axis=1)
        return late

    def _evaluate_columns(self, columns: FixColumns) -> Truths:
        """The truth of each condition (rows) for each fix (columns); valid until the next call."""
        rows = len(columns.time_s)
        if self._truths.shape[1] < rows:
            self._truths = np.zeros((len(self._conditions), rows), dtype=np.int8)
        truths = self._truths[:, :rows]
        truths.fill(-1)
        first = 0
        for group in self._groups:
            group.truths(columns, truths[first : first + len(group.areas)])
            first += len(group.areas)
        return truths

    def _may_change(
        self, truths: Truths, who: Integers, starts: NDArray[np.intp], ends: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Pairs of entity and condition that may change: true and not on, false and on, rising, falling."""
        states = self._states[who]
        conditions, rows = _where(truths > 0)
        entities = np.searchsorted(starts, rows, side="right") - 1
        begins = states[entities, conditions] != _ON
        on_entities, on_conditions = _where(states == _ON)
        lengths = (ends - starts)[on_entities]
        before = np.cumsum(lengths) - lengths
        rows = np.repeat(starts[on_entities] - before, lengths) + np.arange(lengths.sum())
        false = truths[np.repeat(on_conditions, lengths), rows] < 0
        falls = np.logical_or.reduceat(false, before) if len(before) else false
        moving_entities, moving_conditions = _where((states == _RISING) | (states == _FALLING))
        entities = np.concatenate([entities[begins], on_entities[falls], moving_entities])
        conditions = np.concatenate([conditions[begins], on_conditions[falls], moving_conditions])
        return np.divmod(np.unique(entities * len(self._conditions) + conditions), len(self._conditions))

    def _columns(self, fixes: Fixes, order: NDArray[np.intp], first: NDArray[np.bool_]) -> FixColumns:
        """The fixes in order, with the speed from the way since the fix before where the device has none."""
        here = np.column_stack((fixes.time_us[order] / 1e6, fixes.lat[order], fixes.lon[order]))
        speed = fixes.speed_mps[order].copy()
        lacking = np.isnan(speed)
        if lacking.any():
            before = np.empty_like(here)
            before[1:] = here[:-1]
            before[first] = self._last[fixes.sender[order[first]], :3]
            took = here[:, 0] - before[:, 0]
            way_m = distance_m(before[:, 1], before[:, 2], here[:, 1], here[:, 2])
            way = np.divide(way_m, took, out=np.full(len(took), np.nan), where=took > 0)
            speed[lacking] = way[lacking]
        return FixColumns(
            time_s=here[:, 0],
            lat=here[:, 1],
            lon=here[:, 2],
            speed_mps=speed,
            ignition=fixes.ignition[order],
        )

    def _steps(  # noqa: PLR0917 what belongs to one pair
        self,
        fixes: Fixes,
        rows: NDArray[np.intp],
        truths: NDArray[np.int8],
        columns: FixColumns,
        part: slice,
        condition: int,
        senders: Sequence[Sender],
    ) -> list[Transition]:
        group, area = self._conditions[condition]
        sender = senders[int(fixes.sender[rows[0]])]
        current = self._current.get((sender.index, group.rule.name, area))
        evaluated_s = 0.0 if current is None else current.evaluated_s
        transitions = []
        moments, speeds = columns.time_s[part].tolist(), columns.speed_mps[part].tolist()
        for row, truth, at_s, speed in zip(rows.tolist(), truths.tolist(), moments, speeds, strict=True):
            if is_unchanged(current, evaluated_s, truth, at_s, group.durations):
                evaluated_s = at_s
                continue
            if current is not None:
                current = current.evaluated(evaluated_s)
            step = evaluate(current, truth=truth, at_s=at_s, durations=group.durations)
            if step.changed:
                at = Evaluation(
                    ordinal=int(fixes.message[row]),
                    sender=sender,
                    at_s=at_s,
                    lat=float(fixes.lat[row]),
                    lon=float(fixes.lon[row]),
                    value=speed if speed == speed else None,  # noqa: PLR0124 NaN is not itself
                )
                transitions.append(transition_of(at, group.rule, area, current, step))
            current, evaluated_s = step.condition, at_s
        self._set(
            sender.index, group.rule.name, area, None if current is None else current.evaluated(evaluated_s)
        )
        return transitions

    def _follow_telemetry(self, telemetry: Sequence[Item[Telemetry]], after_s: float) -> list[Transition]:
        transitions = []
        for item in sorted(telemetry, key=lambda item: as_epoch(item.message.time)):
            sender, at_s = item.route.sender, as_epoch(item.message.time)
            last_s, last = self._last_readings.get(sender.index, (-np.inf, None))
            repeats = at_s == last_s and (last is None or last == item.message.values)
            if item.ahead or item.retained or ((at_s < last_s or repeats) and last_s <= after_s):
                continue
            self._last_readings[sender.index] = at_s, item.message.values
            for rule in self._thresholds:
                value = item.message.values.get(rule.reading)
                if value is None or isinstance(value, str):
                    continue
                if not self._applies[sender.index, self.rules.index(rule)]:
                    continue
                lat, lon = self._last_place(sender.index)
                transition = self._step(
                    Evaluation(
                        ordinal=item.ordinal, sender=sender, at_s=at_s, lat=lat, lon=lon, value=float(value)
                    ),
                    rule,
                    "",
                    threshold(rule, float(value)),
                    Durations(hold_s=rule.for_s),
                )
                if transition is None:
                    continue
                transitions.append(transition)
                if transition.begun and transition.condition is not None and np.isnan(lat):
                    self.waiting.add(sender.index, rule.name, "", transition.condition)
        return transitions

    def _step(
        self, evaluation: Evaluation, rule: AnyRule, area: str, truth: int, durations: Durations
    ) -> Transition | None:
        key = (evaluation.sender.index, rule.name, area)
        before = self._current.get(key)
        step = evaluate(before, truth=truth, at_s=evaluation.at_s, durations=durations)
        self._set(*key, step.condition)
        return transition_of(evaluation, rule, area, before, step) if step.changed else None

    def _set(self, sender: int, rule: str, area: str, condition: Condition | None) -> None:
        if condition is None:
            self._current.pop((sender, rule, area), None)
            self.waiting.remove(sender, rule, area)
        else:
            self._current[sender, rule, area] = condition
        number = self._condition_of.get((rule, area))
        if number is not None:
            self._states[sender, number] = ConditionState.OFF if condition is None else condition.state


def _where(found: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of what is true; for few of many ten times as fast as `nonzero` in two dimensions."""
    return np.divmod(np.flatnonzero(found.ravel()), found.shape[1])


def _as_last(fixes: Fixes, rows: NDArray[np.intp]) -> Floats:
    """Rows of `_last`: seconds, lat, lon, speed, ignition."""
    columns = (fixes.time_us[rows] / 1e6, fixes.lat[rows], fixes.lon[rows], fixes.speed_mps[rows])
    found: Floats = np.column_stack((*columns, fixes.ignition[rows]))
    return found
