"""A condition that counts when it has held for long enough, and ends when it has ceased for long enough.

    OFF ──true──▶ RISING ──held long enough──▶ ON ──false──▶ FALLING ──long enough──▶ OFF

The changes to ON, and to OFF from FALLING (or from ON, without a duration), are rule events. The change from
RISING back to OFF is not. All rules are conditions of this form.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ConditionState(IntEnum):
    """The state of a condition for one entity; stored as this number."""

    OFF = 0
    RISING = 1
    ON = 2
    FALLING = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """How long a condition must last.

    Attributes:
        hold_s: how long it must be true before it counts, seconds.
        release_s: how long it must be false before it ends, seconds.
        gap_s: a longer silence while it is RISING starts `hold_s` again, seconds.
    """

    hold_s: float = 0.0
    release_s: float = 0.0
    gap_s: float = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of one entity in a state other than OFF; times are epoch seconds.

    Attributes:
        state: rising, on or falling.
        began_s: since when it has been true.
        fell_s: since when it has been false again, while FALLING.
        evaluated_s: when it was evaluated last.
    """

    state: ConditionState
    began_s: float
    fell_s: float
    evaluated_s: float

    def evaluated(self, at_s: float, state: ConditionState | None = None) -> Condition:
        """The same, evaluated once more, perhaps in another state."""
        return Condition(
            state=self.state if state is None else state,
            began_s=self.began_s,
            fell_s=self.fell_s,
            evaluated_s=at_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The result of one evaluation.

    Attributes:
        condition: the condition after the evaluation; None for OFF.
        begun_s: when the condition began, if it changed to ON; else None.
        ended_s: when the condition ended, if it changed to OFF from ON or FALLING; else None.
        changed: whether the state has changed.
    """

    condition: Condition | None
    begun_s: float | None = None
    ended_s: float | None = None
    changed: bool = True


def is_unchanged(
    condition: Condition | None, evaluated_s: float, truth: int, at_s: float, durations: Durations
) -> bool:
    """Whether an evaluation would change nothing but its own time; quicker than `evaluate`.

    Args:
        condition: before; None is OFF.
        evaluated_s: the last evaluation, which may be later than `condition` knows.
        truth: as for `evaluate`.
        at_s: as for `evaluate`.
        durations: as for `evaluate`.
    """
    if condition is None:
        return truth <= 0
    if condition.state is ConditionState.ON:
        return truth >= 0
    if condition.state is ConditionState.RISING:
        return (
            truth >= 0
            and at_s - evaluated_s <= durations.gap_s
            and 0 <= at_s - condition.began_s < durations.hold_s
        )
    return truth <= 0 and 0 <= at_s - condition.fell_s < durations.release_s


def evaluate(condition: Condition | None, *, truth: int, at_s: float, durations: Durations) -> Step:
    """Evaluate a condition once.

    Args:
        condition: before; None is OFF.
        truth: 1 true, -1 false, 0 unknown; if unknown, only the passage of time counts.
        at_s: time of the fix or reading. It is normally later than all before. If it is earlier, our clock
            was ahead before, and durations count from now.
        durations: how long it must last.
    """
    if condition is None:
        return _from_off(truth, at_s, durations)
    match condition.state:
        case ConditionState.RISING:
            return _from_rising(condition, truth, at_s, durations)
        case ConditionState.ON:
            return _from_on(condition, truth, at_s, durations)
        case _:
            return _from_falling(condition, truth, at_s, durations)


def _from_off(truth: int, at_s: float, durations: Durations) -> Step:
    if truth <= 0:
        return Step(condition=None, changed=False)
    if durations.hold_s <= 0:
        return Step(
            condition=Condition(state=ConditionState.ON, began_s=at_s, fell_s=0.0, evaluated_s=at_s),
            begun_s=at_s,
        )
    return Step(condition=Condition(state=ConditionState.RISING, began_s=at_s, fell_s=0.0, evaluated_s=at_s))


def _from_rising(condition: Condition, truth: int, at_s: float, durations: Durations) -> Step:
    if truth < 0:
        return Step(condition=None)
    if at_s - condition.evaluated_s > durations.gap_s or at_s < condition.began_s:
        return Step(
            condition=Condition(state=ConditionState.RISING, began_s=at_s, fell_s=0.0, evaluated_s=at_s)
        )
    if at_s - condition.began_s >= durations.hold_s:
        return Step(condition=condition.evaluated(at_s, ConditionState.ON), begun_s=condition.began_s)
    return Step(condition=condition.evaluated(at_s), changed=False)


def _from_on(condition: Condition, truth: int, at_s: float, durations: Durations) -> Step:
    if truth >= 0:
        return Step(condition=condition.evaluated(at_s), changed=False)
    if durations.release_s <= 0:
        return Step(condition=None, ended_s=at_s)
    return Step(
        condition=Condition(
            state=ConditionState.FALLING, began_s=condition.began_s, fell_s=at_s, evaluated_s=at_s
        )
    )


def _from_falling(condition: Condition, truth: int, at_s: float, durations: Durations) -> Step:
    if truth > 0:
        return Step(condition=condition.evaluated(at_s, ConditionState.ON))
    if at_s < condition.fell_s:
        return Step(
            condition=Condition(
                state=ConditionState.FALLING, began_s=condition.began_s, fell_s=at_s, evaluated_s=at_s
            )
        )
    if at_s - condition.fell_s >= durations.release_s:
        return Step(condition=None, ended_s=condition.fell_s)
    return Step(condition=condition.evaluated(at_s), changed=False)
