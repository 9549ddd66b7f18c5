"""The results of the rule engine: changes of the state of one entity's condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from ingest.rules.condition_state import Condition, Step
from ingest.rules.settings import AnyRule
from ingest.senders import Sender

_NAMESPACE: Final = UUID("4e5b0d1e-6a3c-5f0a-8d5e-91d1c1f0a7b3")  # any id, but the same in every release


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A condition is evaluated for one entity; `lat` and `lon` are NaN where its place is not known."""

    ordinal: int
    sender: Sender
    at_s: float
    lat: float
    lon: float
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """The condition of one entity has changed its state.

    Attributes:
        ordinal: ordinal of the message that caused the change.
        sender: index of the sender.
        rule, area: the condition.
        condition: the condition after the change; None for OFF.
        began_s: since when the condition was true, epoch seconds.
        begun, ended: whether the change is the beginning or the end of a rule event.
        event_s: when the rule event began or ended, epoch seconds.
        at_s: the time of the fix or reading that decided it.
        lat, lon: where the entity was; NaN if that is not known.
        value: speed in m/s, or the reading.
        placed: whether this only gives the place for which a case has waited, and is no rule event.
    """

    ordinal: int
    sender: Sender
    rule: AnyRule
    area: str
    condition: Condition | None
    began_s: float
    begun: bool
    ended: bool
    event_s: float
    at_s: float
    lat: float
    lon: float
    value: float | None
    placed: bool = False

    @property
    def incident_id(self) -> UUID:
        """The incident of the rule event: equal for beginning and end, and for each repetition."""
        name = f"{self.rule.name}/{self.area}/{self.sender.kind}/{self.sender.id}/{self.began_s:.6f}"
        return uuid5(_NAMESPACE, name)


def transition_of(
    evaluation: Evaluation, rule: AnyRule, area: str, before: Condition | None, step: Step
) -> Transition:
    """The transition of an evaluation that changed the state."""
    condition = step.condition or before
    assert condition is not None
    event_s = step.begun_s if step.begun_s is not None else step.ended_s
    return Transition(
        ordinal=evaluation.ordinal,
        sender=evaluation.sender,
        rule=rule,
        area=area,
        condition=step.condition,
        began_s=condition.began_s,
        begun=step.begun_s is not None,
        ended=step.ended_s is not None,
        event_s=evaluation.at_s if event_s is None else event_s,
        at_s=evaluation.at_s,
        lat=evaluation.lat,
        lon=evaluation.lon,
        value=evaluation.value,
    )


def place_found(evaluation: Evaluation, rule: AnyRule, area: str, condition: Condition) -> Transition:
    """A place for a case that waits for one; NaN says to look for it in the database."""
    return Transition(
        ordinal=evaluation.ordinal,
        sender=evaluation.sender,
        rule=rule,
        area=area,
        condition=condition,
        began_s=condition.began_s,
        begun=False,
        ended=False,
        event_s=condition.began_s,
        at_s=evaluation.at_s,
        lat=evaluation.lat,
        lon=evaluation.lon,
        value=evaluation.value,
        placed=True,
    )
