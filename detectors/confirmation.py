"""From the verdicts of single looks to incidents that begin once and end once. A pure state machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from detectors.observations import Observation, Observations, Verdict
from detectors.thresholds import UNRECORDED, Threshold

_VERDICTS_KEPT: Final = 30
"""How many verdicts a run keeps; more than `begin_looks` and `end_looks` ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationSettings:
    """How many looks must agree; each annotation gives unit, meaning and origin."""

    begin_looks: Annotated[
        int, Threshold("looks in a row", "an incident begins after this many alarming verdicts", UNRECORDED)
    ] = 3
    begin_s: Annotated[
        float, Threshold("s", "the alarming looks must span at least this time", UNRECORDED)
    ] = 4.0
    end_looks: Annotated[
        int, Threshold("looks in a row", "an incident ends after this many `ok` verdicts", UNRECORDED)
    ] = 3
    end_s: Annotated[float, Threshold("s", "the `ok` looks must span at least this time", UNRECORDED)] = 4.0
    patience_s: Annotated[
        float, Threshold("s", "a longer gap between two looks breaks the row", UNRECORDED)
    ] = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An incident begins or ends.

    Attributes:
        phase: whether the incident begins or ends.
        observation: the row of the look that decided the change.
        alarm: the verdict that the incident has; at its end the row itself says `ok`.
        at_s: the moment of that look, seconds on the clock of the looks.
        since_s: when the new state began, as far as it is known; same clock.
    """

    phase: Literal["begun", "ended"]
    observation: Observation
    alarm: Verdict
    at_s: float
    since_s: float


@dataclass(slots=True)
class _Run:
    """Looks in a row that all have the same verdict, or that all have alarming verdicts."""

    first_s: float
    last_s: float
    verdicts: list[Verdict]

    @property
    def most_frequent(self) -> Verdict:
        """The most frequent verdict of the run; the newer one if two are equally frequent."""
        return max(reversed(self.verdicts), key=self.verdicts.count)


@dataclass(slots=True)
class Confirmation:
    """Keeps, for each place and each object in it, the run of agreeing looks and the open incident.

    - `unknown` neither confirms nor contradicts: an open incident stays open, and a run continues after it.
    - Different alarming verdicts make one run, and the most frequent one names the incident. An open shaft
      with its cover beside it may look `missing` in one look and `displaced` in the next.
    - Any other verdict begins a new run and does not end an open incident: a hole that looks `changed` for a
      while stays the same incident.
    """

    alarms: frozenset[Verdict]
    settings: ConfirmationSettings = field(default_factory=ConfirmationSettings)
    _runs: dict[tuple[str, int], _Run] = field(default_factory=dict)
    _open: dict[tuple[str, int], Verdict] = field(default_factory=dict)
    _dismissed_until_s: dict[tuple[str, int], float] = field(default_factory=dict)

    @property
    def open(self) -> Mapping[tuple[str, int], Verdict]:
        """The incidents that have begun and not ended."""
        return self._open

    def resume(self, place: str, object_number: int, alarm: Verdict) -> None:
        """Restore an incident that was open before a restart: it can end, and does not begin again."""
        self._open[place, object_number] = alarm

    def dismiss(self, place: str, object_number: int, until_s: float) -> None:
        """Withdraw an incident that has just begun. It may begin again from `until_s` on."""
        del self._open[place, object_number]
        self._dismissed_until_s[place, object_number] = until_s

    def observe(self, observations: Observations) -> list[Change]:
        """Take the rows of one look; return the incidents that begin or end with it."""
        changes = []
        for row in observations.rows():
            change = self._take(row, observations.at_s)
            if change is not None:
                changes.append(change)
        return changes

    def _take(self, row: Observation, at_s: float) -> Change | None:
        key = (row.place, row.object_number)
        if row.verdict is Verdict.UNKNOWN:
            return None
        run = self._runs.get(key)
        if run is None or not self._agree(run, row.verdict) or at_s - run.last_s > self.settings.patience_s:
            run = self._runs[key] = _Run(at_s, at_s, [row.verdict])
        else:
            run.last_s = at_s
            run.verdicts = [*run.verdicts[-_VERDICTS_KEPT:], row.verdict]
        held_s = run.last_s - run.first_s
        if key in self._open:
            if (
                row.verdict is Verdict.OK
                and len(run.verdicts) >= self.settings.end_looks
                and held_s >= self.settings.end_s
            ):
                alarm = self._open.pop(key)
                if row.object_number:
                    del self._runs[key]  # an object that is gone never comes back under its number
                return Change(phase="ended", observation=row, alarm=alarm, at_s=at_s, since_s=row.since_s)
            return None
        if (
            row.verdict in self.alarms
            and row.verdict is run.most_frequent
            and len(run.verdicts) >= self.settings.begin_looks
            and held_s >= self.settings.begin_s
            and at_s >= self._dismissed_until_s.get(key, at_s)
        ):
            self._dismissed_until_s.pop(key, None)
            self._open[key] = row.verdict
            since_s = min(row.since_s, run.first_s)
            return Change(phase="begun", observation=row, alarm=row.verdict, at_s=at_s, since_s=since_s)
        if row.verdict is Verdict.OK and row.object_number:
            del self._runs[key]
            self._dismissed_until_s.pop(key, None)
        return None

    def _agree(self, run: _Run, verdict: Verdict) -> bool:
        return run.verdicts[-1] is verdict or (verdict in self.alarms and run.verdicts[-1] in self.alarms)
