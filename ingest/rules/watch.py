"""All rules on one batch: NumPy finds where something can happen, plain steps are taken only there.

Nearly all fixes change nothing: the vehicle is outside every area and slow enough, as it was before. One
matrix (conditions x fixes) is compared with where each condition stands, and only the pairs of entity and
condition that disagree, or that are on their way, are stepped through in order of time.
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
from ingest.rules.conditions import Look, Truths, groups, threshold
from ingest.rules.settings import AnyRule, Threshold
from ingest.rules.sustained import Held, Lasting, Stand, look, unmoved
from ingest.rules.turns import Seen, Turn, placed, turn
from ingest.senders import Sender
from store.quality import HIDDEN, MISPLACED, Quality
from wire.messages import Status, Telemetry, as_epoch

Readings: TypeAlias = Mapping[str, bool | float | str]

_PASSED_OVER: Final = int(HIDDEN | Quality.RETAINED)
_, _RISING, _ON, _FALLING = map(int, Stand)  # NumPy compares plain numbers ten times faster


class Watch:
    """Follows the stream; what it remembers is told in the turns, and can be recalled from them.

    Args:
        rules: what to watch for.
        folder: where area files with relative names lie.

    Raises:
        RuleError: a rule makes no sense; the text names it.
    """

    def __init__(self, rules: Sequence[AnyRule] = (), *, folder: Path = Path()) -> None:
        self.rules = tuple(rules)
        self._groups = groups(rules, folder)
        self._thresholds = [rule for rule in rules if isinstance(rule, Threshold)]
        self._conditions = [(group, area) for group in self._groups for area in group.areas]
        self._condition_of = {
            (group.rule.name, area): number for number, (group, area) in enumerate(self._conditions)
        }
        self._stand = np.zeros((0, len(self._conditions)), dtype=np.int8)
        self._applies = np.zeros((0, len(self.rules)), dtype=np.bool_)
        self._last: Floats = np.zeros((0, 5))  # of the last fix looked at: seconds, lat, lon, speed, ignition
        self._told: dict[int, tuple[float, Readings | None]] = {}  # the last telemetry looked at, by sender
        self._unplaced: dict[
            int, dict[tuple[str, str], Held]
        ] = {}  # what has a case to open, and no place yet
        self._held: dict[tuple[int, str, str], Held] = {}
        self._rule_of = {rule.name: rule for rule in self.rules}
        self._opening = {rule.name for rule in self.rules if rule.opens_case is not None}
        self._owners = [self.rules.index(group.rule) for group, _ in self._conditions]
        self._truths: Truths = np.zeros((len(self._conditions), 0), dtype=np.int8)  # reused
        self._welcomed = 0

    def make_room(self, senders: Sequence[Sender]) -> None:
        """Have rows for everyone who has spoken, and know which rules are about them."""
        if len(senders) > len(self._stand):
            more = 2 * len(senders) - len(self._stand)
            stand = np.zeros((more, len(self._conditions)), dtype=np.int8)
            self._stand = np.concatenate([self._stand, stand])
            self._last = np.concatenate([self._last, np.full((more, 5), np.nan)])
            applies = np.zeros((more, len(self.rules)), dtype=np.bool_)
            self._applies = np.concatenate([self._applies, applies])
        for sender in senders[self._welcomed :]:
            for number, rule in enumerate(self.rules):
                self._applies[sender.index, number] = rule.concerns(sender.kind, sender.id)
        self._welcomed = len(senders)

    def recall_place(self, sender: int, *, time_s: float, lat: float, lon: float) -> None:
        """Take over the newest fix that the database knows; what is not newer will fire nothing."""
        if not self._last[sender, 0] >= time_s:
            self._last[sender] = time_s, lat, lon, np.nan, np.nan

    def recall_telemetry(self, sender: int, *, time_s: float) -> None:
        """Likewise for telemetry."""
        if sender not in self._told or self._told[sender][0] < time_s:
            self._told[sender] = time_s, None

    def recall(self, sender: int, *, rule: str, area: str, held: Held, unplaced: bool = False) -> None:
        """Take over where a condition stands.

        Args:
            sender: whose, by index.
            rule: the condition's rule;
            area: and its area.
            held: where it stands.
            unplaced: it has begun, and its case was not opened since no place was known.
        """
        self._set(sender, rule, area, held)
        if unplaced and rule in self._opening:
            self._unplaced.setdefault(sender, {})[rule, area] = held

    @property
    def unplaced(self) -> int:
        """How many conditions have begun whose case waits for a place."""
        return sum(map(len, self._unplaced.values()))

    def has_place(self, sender: int, *, rule: str, area: str) -> None:
        """The case of a condition waits for no place (any more)."""
        conditions = self._unplaced.get(sender, {})
        conditions.pop((rule, area), None)
        if not conditions:
            self._unplaced.pop(sender, None)

    def follow(
        self,
        fixes: Fixes,
        telemetry: Sequence[Item[Telemetry]],
        senders: Sequence[Sender],
        *,
        statuses: Sequence[Item[Status]] = (),
        after_s: float = float("inf"),
    ) -> list[Turn]:
        """Look at a batch, once.

        Args:
            fixes: flagged. Passed over are doubtful and late ones, and retained ones, which say nothing about
                now (ADR 0141). These may still say where somebody is.
            telemetry: likewise late ones, those ahead of our clock, and retained ones.
            senders: everyone, by index.
            statuses: they may name the component that a sensor sits on, which has a place.
            after_s: what was looked at earlier and is later than this is forgotten: our clock was ahead then.
        """
        if not self.rules:
            return []
        self.make_room(senders)
        wrong = fixes.sender[self._last[fixes.sender, 0] > after_s]
        if len(wrong):
            self._last[wrong] = np.nan
        turns = self._follow_fixes(fixes, senders) if len(fixes) else []
        if self._unplaced:
            turns += self._place(fixes, telemetry, statuses, senders)
        if telemetry and self._thresholds:
            turns += self._follow_telemetry(telemetry, after_s)
        return turns

    def _follow_fixes(self, fixes: Fixes, senders: Sequence[Sender]) -> list[Turn]:
        live = np.flatnonzero(~self._late(fixes) & ((fixes.flags & _PASSED_OVER) == 0))
        if not len(live):
            return []
        order = live[np.lexsort((fixes.time_us[live], fixes.sender[live]))]
        who = fixes.sender[order]
        first = np.ones(len(order), dtype=np.bool_)
        np.not_equal(who[1:], who[:-1], out=first[1:])
        starts = np.flatnonzero(first)
        ends = np.append(starts[1:], len(order))
        seen = self._look(fixes, order, first)
        truths = self._ask(seen)
        entities, conditions = self._may_turn(truths, who[starts], starts, ends)
        turns: list[Turn] = []
        for entity, condition in zip(entities.tolist(), conditions.tolist(), strict=True):
            if not self._applies[who[starts[entity]], self._owners[condition]]:
                continue
            part = slice(int(starts[entity]), int(ends[entity]))
            turns += self._steps(fixes, order[part], truths[condition, part], seen, part, condition, senders)
        last = order[ends - 1]
        self._last[who[starts]] = _as_last(fixes, last)
        turns.sort(key=lambda each: each.ordinal)
        return turns

    def _late(self, fixes: Fixes) -> NDArray[np.bool_]:
        """Fixes older than one looked at, or the very same; another of the same moment is news."""
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

    def _place(
        self,
        fixes: Fixes,
        telemetry: Sequence[Item[Telemetry]],
        statuses: Sequence[Item[Status]],
        senders: Sequence[Sender],
    ) -> list[Turn]:
        """The first place heard of those with a case to open: a fix, old as it may be, or a component."""
        found: dict[int, tuple[int, float, float]] = {}  # the message, lat, lon
        for reading in telemetry:  # what the database knew at a restart
            index = reading.route.sender.index
            if index in self._unplaced and not np.isnan(self._last[index, 1]):
                found[index] = reading.ordinal, *self._last[index, 1:3].tolist()
        for status in statuses:
            if "component" in status.message.detail:
                found[status.route.sender.index] = status.ordinal, np.nan, np.nan
        here = np.isin(fixes.sender, list(self._unplaced)) & ((fixes.flags & int(MISPLACED)) == 0)
        rows = np.flatnonzero(here)
        for row in rows[np.argsort(fixes.time_us[rows], kind="stable")].tolist():
            place = float(fixes.lat[row]), float(fixes.lon[row])
            found[int(fixes.sender[row])] = int(fixes.message[row]), *place
        return [
            placed(
                Seen(ordinal=ordinal, sender=senders[index], at_s=held.seen_s, lat=lat, lon=lon, value=None),
                self._rule_of[rule],
                area,
                held,
            )
            for index, (ordinal, lat, lon) in found.items()
            for (rule, area), held in self._unplaced.get(index, {}).items()
        ]

    def _ask(self, seen: Look) -> Truths:
        """What each condition says of each look: a row a condition, a column a look; until the next call."""
        looks = len(seen.time_s)
        if self._truths.shape[1] < looks:
            self._truths = np.zeros((len(self._conditions), looks), dtype=np.int8)
        truths = self._truths[:, :looks]
        truths.fill(-1)
        first = 0
        for group in self._groups:
            group.truths(seen, truths[first : first + len(group.areas)])
            first += len(group.areas)
        return truths

    def _may_turn(
        self, truths: Truths, who: Integers, starts: NDArray[np.intp], ends: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Pairs of entity and condition that may move: true and not on, on and false, or on their way."""
        stand = self._stand[who]
        conditions, looks = _where(truths > 0)
        entities = np.searchsorted(starts, looks, side="right") - 1
        begins = stand[entities, conditions] != _ON
        on_entities, on_conditions = _where(stand == _ON)
        lengths = (ends - starts)[on_entities]
        before = np.cumsum(lengths) - lengths
        looks = np.repeat(starts[on_entities] - before, lengths) + np.arange(lengths.sum())
        false = truths[np.repeat(on_conditions, lengths), looks] < 0
        falls = np.logical_or.reduceat(false, before) if len(before) else false
        way_entities, way_conditions = _where((stand == _RISING) | (stand == _FALLING))
        entities = np.concatenate([entities[begins], on_entities[falls], way_entities])
        conditions = np.concatenate([conditions[begins], on_conditions[falls], way_conditions])
        return np.divmod(np.unique(entities * len(self._conditions) + conditions), len(self._conditions))

    def _look(self, fixes: Fixes, order: NDArray[np.intp], first: NDArray[np.bool_]) -> Look:
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
        return Look(
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
        seen: Look,
        part: slice,
        condition: int,
        senders: Sequence[Sender],
    ) -> list[Turn]:
        group, area = self._conditions[condition]
        sender = senders[int(fixes.sender[rows[0]])]
        held = self._held.get((sender.index, group.rule.name, area))
        seen_s = 0.0 if held is None else held.seen_s
        turns = []
        moments, speeds = seen.time_s[part].tolist(), seen.speed_mps[part].tolist()
        for row, truth, at_s, speed in zip(rows.tolist(), truths.tolist(), moments, speeds, strict=True):
            if unmoved(held, seen_s, truth, at_s, group.lasting):
                seen_s = at_s
                continue
            if held is not None:
                held = held.seen(seen_s)
            step = look(held, truth=truth, at_s=at_s, lasting=group.lasting)
            if step.changed:
                at = Seen(
                    ordinal=int(fixes.message[row]),
                    sender=sender,
                    at_s=at_s,
                    lat=float(fixes.lat[row]),
                    lon=float(fixes.lon[row]),
                    value=speed if speed == speed else None,  # noqa: PLR0124 NaN is not itself
                )
                turns.append(turn(at, group.rule, area, held, step))
            held, seen_s = step.held, at_s
        self._set(sender.index, group.rule.name, area, None if held is None else held.seen(seen_s))
        return turns

    def _follow_telemetry(self, telemetry: Sequence[Item[Telemetry]], after_s: float) -> list[Turn]:
        turns = []
        for item in sorted(telemetry, key=lambda item: as_epoch(item.message.time)):
            sender, at_s = item.route.sender, as_epoch(item.message.time)
            told_s, told = self._told.get(sender.index, (-np.inf, None))
            repeats = at_s == told_s and (told is None or told == item.message.values)
            if item.ahead or item.retained or ((at_s < told_s or repeats) and told_s <= after_s):
                continue
            self._told[sender.index] = at_s, item.message.values
            for rule in self._thresholds:
                value = item.message.values.get(rule.reading)
                if value is None or isinstance(value, str):
                    continue
                if not self._applies[sender.index, self.rules.index(rule)]:
                    continue
                lat, lon = self._last[sender.index, 1:3].tolist()
                turned = self._step(
                    Seen(
                        ordinal=item.ordinal, sender=sender, at_s=at_s, lat=lat, lon=lon, value=float(value)
                    ),
                    rule,
                    "",
                    threshold(rule, float(value)),
                    Lasting(hold_s=rule.for_s),
                )
                if turned is None:
                    continue
                turns.append(turned)
                if turned.held is not None and turned.begun and np.isnan(lat) and rule.opens_case is not None:
                    self._unplaced.setdefault(sender.index, {})[rule.name, ""] = turned.held
        return turns

    def _step(self, seen: Seen, rule: AnyRule, area: str, truth: int, lasting: Lasting) -> Turn | None:
        key = (seen.sender.index, rule.name, area)
        before = self._held.get(key)
        step = look(before, truth=truth, at_s=seen.at_s, lasting=lasting)
        self._set(*key, step.held)
        return turn(seen, rule, area, before, step) if step.changed else None

    def _set(self, sender: int, rule: str, area: str, held: Held | None) -> None:
        if held is None:
            self._held.pop((sender, rule, area), None)
            self.has_place(sender, rule=rule, area=area)
        else:
            self._held[sender, rule, area] = held
        condition = self._condition_of.get((rule, area))
        if condition is not None:
            self._stand[sender, condition] = Stand.OFF if held is None else held.stand


def _where(found: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of what is true; for few of many ten times as fast as `nonzero` in two dimensions."""
    return np.divmod(np.flatnonzero(found.ravel()), found.shape[1])


def _as_last(fixes: Fixes, rows: NDArray[np.intp]) -> Floats:
    """What is remembered of fixes: seconds, lat, lon, speed, ignition; one row each."""
    columns = (fixes.time_us[rows] / 1e6, fixes.lat[rows], fixes.lon[rows], fixes.speed_mps[rows])
    found: Floats = np.column_stack((*columns, fixes.ignition[rows]))
    return found
