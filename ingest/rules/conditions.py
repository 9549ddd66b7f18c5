"""The conditions of each rule about fixes, evaluated by columns: 1 true, -1 false, 0 not known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from ingest.errors import RuleError
from ingest.fixes import Floats
from ingest.rules.areas import Areas
from ingest.rules.condition_state import Durations
from ingest.rules.settings import AnyRule, Fence, Idling, KeyArea, Speed, Stall, Stop, Threshold

Truths: TypeAlias = NDArray[np.int8]

_KMH: Final = 1 / 3.6
_DAY_S: Final = 86_400
_END_SHARE: Final = 0.9
"""Speeding ends below this share of the limit, so that a speed around the limit is one rule event; chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixColumns:
    """The columns of fixes that rules evaluate, in order of entity and time.

    Attributes:
        time_s: epoch seconds.
        lat, lon: degrees, WGS-84.
        speed_mps: the device's speed, or else the speed since the fix before; NaN if neither is known.
        ignition: 1 on, 0 off, -1 unknown.
    """

    time_s: Floats
    lat: Floats
    lon: Floats
    speed_mps: Floats
    ignition: NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleConditions:
    """The conditions of one rule: one, or one for each of its areas.

    Attributes:
        rule: the rule.
        areas: names of the areas; one empty name if the rule has none.
        durations: how long the conditions must be true or false.
        truths: evaluates fixes and fills its rows (areas, fixes), which hold -1 before.
    """

    rule: AnyRule
    areas: tuple[str, ...]
    durations: Durations
    truths: Callable[[FixColumns, Truths], None]


def rule_conditions(rules: Sequence[AnyRule], folder: Path) -> tuple[RuleConditions, ...]:
    """The conditions of all rules about fixes, in order; relative names of area files are below the folder.

    Raises:
        RuleError: a rule is wrong, or its areas cannot be read; the text names the rule.
    """
    names = [rule.name for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise RuleError(f"rule {name!r} is defined twice; give each rule its own name")
    return tuple(conditions for rule in rules if (conditions := _conditions_of(rule, folder)) is not None)


def _conditions_of(rule: AnyRule, folder: Path) -> RuleConditions | None:
    match rule:
        case Fence() | KeyArea():
            return _in_areas(rule, _areas(rule, folder))
        case Stall():
            return _stall(rule, _areas(rule, folder))
        case Speed():
            return _too_fast(rule)
        case Stop():
            return _stopped(rule)
        case Idling():
            return _idling(rule)
        case Threshold() if (rule.above is None) == (rule.below is None):
            raise RuleError(f"rule {rule.name!r}: give `above` or `below`, one of them")
        case _:
            return None  # not about fixes


def _areas(rule: Fence | KeyArea | Stall, folder: Path) -> Areas:
    try:
        return Areas.read(folder / rule.areas)
    except RuleError as error:
        raise RuleError(f"rule {rule.name!r}: {error}") from None


def _in_areas(rule: Fence | KeyArea, areas: Areas) -> RuleConditions:
    durations = Durations(hold_s=rule.settle_s, release_s=rule.settle_s)
    if isinstance(rule, Fence):

        def inside(fixes: FixColumns, truths: Truths) -> None:
            areas.mark(fixes.lat, fixes.lon, truths)

        return RuleConditions(rule=rule, areas=areas.names, durations=durations, truths=inside)
    hours = [_minutes(text, rule) for text in rule.hours]
    zone = _zone(rule)

    def inside_at_wrong_hours(fixes: FixColumns, truths: Truths) -> None:
        areas.mark(fixes.lat, fixes.lon, truths)
        truths[:, ~_within(fixes.time_s, hours, zone)] = -1

    return RuleConditions(rule=rule, areas=areas.names, durations=durations, truths=inside_at_wrong_hours)


def _stall(rule: Stall, areas: Areas) -> RuleConditions:
    if rule.moving_kmh < rule.below_kmh:
        raise RuleError(f"rule {rule.name!r}: moving_kmh must not be less than below_kmh")

    def stands(fixes: FixColumns, truths: Truths) -> None:
        areas.mark(fixes.lat, fixes.lon, truths)
        driving = fixes.speed_mps > rule.moving_kmh * _KMH
        unsure = ~driving & ~(fixes.speed_mps < rule.below_kmh * _KMH)
        truths[:, driving] = -1
        truths[:, unsure] = np.minimum(truths[:, unsure], 0)

    durations = Durations(hold_s=rule.for_s, release_s=rule.leave_s)
    return RuleConditions(rule=rule, areas=areas.names, durations=durations, truths=stands)


def _too_fast(rule: Speed) -> RuleConditions:
    end_kmh = rule.limit_kmh * _END_SHARE if rule.end_kmh is None else rule.end_kmh
    if not 0 < end_kmh <= rule.limit_kmh:
        raise RuleError(f"rule {rule.name!r}: end_kmh must lie between 0 and limit_kmh")

    def too_fast(fixes: FixColumns, truths: Truths) -> None:
        row, speed = truths[0], fixes.speed_mps
        row[~(speed < end_kmh * _KMH)] = 0  # NaN is neither
        row[speed > rule.limit_kmh * _KMH] = 1

    durations = Durations(hold_s=rule.for_s, gap_s=rule.gap_s)
    return RuleConditions(rule=rule, areas=("",), durations=durations, truths=too_fast)


def _stopped(rule: Stop) -> RuleConditions:
    def slow(fixes: FixColumns, truths: Truths) -> None:
        _slow(fixes, rule.below_kmh, truths[0])

    durations = Durations(hold_s=rule.for_s, release_s=rule.moving_s)
    return RuleConditions(rule=rule, areas=("",), durations=durations, truths=slow)


def _idling(rule: Idling) -> RuleConditions:
    def idles(fixes: FixColumns, truths: Truths) -> None:
        row, key = truths[0], fixes.ignition
        _slow(fixes, rule.below_kmh, row)
        row[(key < 0) & (row > 0)] = 0
        row[key == 0] = -1

    return RuleConditions(rule=rule, areas=("",), durations=Durations(hold_s=rule.for_s), truths=idles)


def threshold(rule: Threshold, value: float) -> int:
    """The truth of a threshold rule: 1 beyond the threshold, -1 at `clear` or farther back, 0 in between."""
    sign, limit = (1, rule.above) if rule.above is not None else (-1, rule.below)
    assert limit is not None
    clear = limit if rule.clear is None else rule.clear
    if sign * (value - limit) > 0:
        return 1
    return -1 if sign * (value - clear) <= 0 else 0


def _slow(fixes: FixColumns, below_kmh: float, row: Truths) -> None:
    row[fixes.speed_mps < below_kmh * _KMH] = 1
    row[np.isnan(fixes.speed_mps)] = 0


def _minutes(text: str, rule: KeyArea) -> tuple[int, int]:
    begin, _, end = text.partition("-")
    found = [int(part[:2]) * 60 + int(part[3:]) for part in (begin, end)]
    if max(found) > 24 * 60 or found[0] == found[1]:
        raise RuleError(f"rule {rule.name!r}: {text!r} are not hours of a day, such as 22:00-06:00")
    return found[0], found[1]


def _zone(rule: KeyArea) -> ZoneInfo:
    try:
        return ZoneInfo(rule.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise RuleError(f"rule {rule.name!r}: time_zone {rule.time_zone!r} is unknown") from None


def _within(time_s: Floats, hours: Sequence[tuple[int, int]], zone: ZoneInfo) -> NDArray[np.bool_]:
    """Whether moments lie in hours of the day; if the end is before the start, the hours pass midnight."""
    minute = (time_s + _offsets_s(time_s, zone)) % _DAY_S / 60
    found = np.zeros(len(time_s), dtype=np.bool_)
    for begin, end in hours:
        if begin < end:
            found |= (minute >= begin) & (minute < end)
        else:
            found |= (minute >= begin) | (minute < end)
    return found


def _offsets_s(time_s: Floats, zone: ZoneInfo) -> Floats:
    """The offset of a time zone from UTC at each moment, seconds; it may change within a batch.

    The offset is looked up once for each minute of the batch, because clocks change on whole minutes of UTC.
    """
    minutes, which = np.unique(np.floor(time_s / 60), return_inverse=True)
    offsets = [
        zone.utcoffset(datetime.fromtimestamp(minute * 60, UTC).astimezone(zone)) for minute in minutes
    ]
    return np.array([offset.total_seconds() for offset in offsets if offset is not None])[which]
