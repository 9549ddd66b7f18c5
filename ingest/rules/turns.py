"""What the rules tell: one condition of one entity has come to stand otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from ingest.rules.settings import AnyRule
from ingest.rules.sustained import Held, Step
from ingest.senders import Sender

_NAMESPACE: Final = UUID("4e5b0d1e-6a3c-5f0a-8d5e-91d1c1f0a7b3")  # any, the same in every release


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One look at one entity; `lat` and `lon` are NaN where its place is not known."""

    ordinal: int
    sender: Sender
    at_s: float
    lat: float
    lon: float
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One condition of one entity has come to stand otherwise.

    Attributes:
        ordinal: the message of the batch that made it.
        sender: whom it is about.
        rule, area: the condition.
        held: where it stands now; None is OFF.
        began_s: since when it was true, of what now begins or ends.
        begun, ended: whether it is an event.
        event_s: when what happened happened, for an event.
        at_s: the look that decided it.
        lat, lon: where the entity was; NaN if that is not known.
        value: speed in m/s, or the reading.
        placed: no event, but the first place that is known of one whose case waits for it.
    """

    ordinal: int
    sender: Sender
    rule: AnyRule
    area: str
    held: Held | None
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
        """The same for the beginning and the end, and whenever it is worked out again."""
        name = f"{self.rule.name}/{self.area}/{self.sender.kind}/{self.sender.id}/{self.began_s:.6f}"
        return uuid5(_NAMESPACE, name)


def turn(seen: Seen, rule: AnyRule, area: str, before: Held | None, step: Step) -> Turn:
    """What a look that changed something tells."""
    held = step.held or before
    assert held is not None
    event_s = step.begun_s if step.begun_s is not None else step.ended_s
    return Turn(
        ordinal=seen.ordinal,
        sender=seen.sender,
        rule=rule,
        area=area,
        held=step.held,
        began_s=held.began_s,
        begun=step.begun_s is not None,
        ended=step.ended_s is not None,
        event_s=seen.at_s if event_s is None else event_s,
        at_s=seen.at_s,
        lat=seen.lat,
        lon=seen.lon,
        value=seen.value,
    )


def placed(seen: Seen, rule: AnyRule, area: str, held: Held) -> Turn:
    """What began without a known place has one now, or may have: NaN says to look for it in the database."""
    return Turn(
        ordinal=seen.ordinal,
        sender=seen.sender,
        rule=rule,
        area=area,
        held=held,
        began_s=held.began_s,
        begun=False,
        ended=False,
        event_s=held.began_s,
        at_s=seen.at_s,
        lat=seen.lat,
        lon=seen.lon,
        value=seen.value,
        placed=True,
    )
