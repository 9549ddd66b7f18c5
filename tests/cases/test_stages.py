"""The whole table of transitions, written out a second time."""

import pytest

from cases import STEPS, Action, ActionRefusedError, Stage, possible, step
from cases.stages import ENDS, REPORTS

TABLE = {
    Stage.OPENED: {Action.DISPATCH: Stage.DISPATCHED, Action.CANCEL: Stage.CANCELLED},
    Stage.DISPATCHED: {
        Action.RETURN: Stage.OPENED,
        Action.HANDLE: Stage.HANDLED,
        Action.CANCEL: Stage.CANCELLED,
    },
    Stage.HANDLED: {Action.CHECK: Stage.CHECKED, Action.REWORK: Stage.DISPATCHED},
    Stage.CHECKED: {Action.CLOSE: Stage.CLOSED},
    Stage.CLOSED: {},
    Stage.CANCELLED: {},
}


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("action", sorted(set(Action) - REPORTS))
def test_an_action_leads_where_the_table_says_or_is_refused(stage: Stage, action: Action) -> None:
    if action in TABLE[stage]:
        assert step(stage, action, department="d", note="n") is TABLE[stage][action]
        return
    with pytest.raises(ActionRefusedError, match=f"a case that is {stage} cannot take {action}"):
        step(stage, action, department="d", note="n")


@pytest.mark.parametrize("stage", Stage)
def test_what_is_possible_is_what_the_table_has(stage: Stage) -> None:
    assert set(possible(stage)) == set(TABLE[stage])
    assert (not possible(stage)) is (stage in ENDS)


def test_every_action_is_either_a_report_or_a_step_of_people() -> None:
    assert set(Action) == REPORTS | set(STEPS)
    assert not REPORTS & set(STEPS)


@pytest.mark.parametrize("action", sorted(REPORTS))
def test_people_do_not_report_as_detectors(action: Action) -> None:
    with pytest.raises(ActionRefusedError, match="what detectors report"):
        step(Stage.OPENED, action, department="d", note="n")


@pytest.mark.parametrize(
    ("stage", "action", "lacking"),
    [
        (Stage.OPENED, Action.DISPATCH, "department"),
        (Stage.OPENED, Action.CANCEL, "note"),
        (Stage.DISPATCHED, Action.RETURN, "note"),
        (Stage.DISPATCHED, Action.CANCEL, "note"),
        (Stage.HANDLED, Action.REWORK, "note"),
    ],
)
@pytest.mark.parametrize("nothing", [None, ""])
def test_what_an_action_needs_must_be_given(
    stage: Stage, action: Action, lacking: str, nothing: str | None
) -> None:
    given: dict[str, str | None] = {"department": "d", "note": "n"}
    given[lacking] = nothing
    with pytest.raises(ActionRefusedError, match=f"{action} needs .*{lacking}"):
        step(stage, action, **given)


@pytest.mark.parametrize(
    ("stage", "action"),
    [(Stage.DISPATCHED, Action.HANDLE), (Stage.HANDLED, Action.CHECK), (Stage.CHECKED, Action.CLOSE)],
)
def test_what_an_action_does_not_need_may_be_left_out(stage: Stage, action: Action) -> None:
    assert step(stage, action, department=None, note=None) is TABLE[stage][action]


def test_every_stage_can_be_reached_and_every_case_can_end() -> None:
    def reachable(start: Stage) -> set[Stage]:
        found, ahead = {start}, [start]
        while ahead:
            for after in TABLE[ahead.pop()].values():
                if after not in found:
                    found.add(after)
                    ahead.append(after)
        return found

    assert reachable(Stage.OPENED) == set(Stage)
    for stage in Stage:
        assert reachable(stage) & ENDS
