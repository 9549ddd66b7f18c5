"""Histories that earlier releases wrote are read for ever: to what they added up then.

A file is never changed. A release that records something new adds a file, `{workflow}_{version}.json`, with a
list of `{events, state}`; fields of `state` that came later are not compared.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cases import CaseEvent, fold, timeline

FILES = sorted((Path(__file__).parent / "recorded").glob("*.json"))


def histories() -> list[Any]:
    return [
        pytest.param(each, id=f"{file.stem} {each['state']['number']}")
        for file in FILES
        for each in json.loads(file.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("recorded", histories())
def test_a_recorded_history_adds_up_to_what_it_was(recorded: dict[str, Any]) -> None:
    state = msgspec.to_builtins(fold(msgspec.convert(recorded["events"], list[CaseEvent])))
    assert {name: state[name] for name in recorded["state"]} == recorded["state"]


def test_there_is_a_case_of_every_stage_of_the_first_release() -> None:
    stages = {each.values[0]["state"]["stage"] for each in histories()}
    assert stages >= {"opened", "dispatched", "handled", "checked", "closed", "cancelled"}


def test_the_full_workflow_was_recorded_in_every_stage_and_with_every_way_back() -> None:
    recorded = json.loads((Path(__file__).parent / "recorded" / "full_2.json").read_text(encoding="utf-8"))
    stages, actions = set(), set()
    for each in recorded:
        for event, state in timeline(msgspec.convert(each["events"], list[CaseEvent])):
            stages.add(state.stage)
            actions.add(event.action)
    assert stages == {
        "reported", "accepted", "opened", "returned", "sent_back", "dispatched", "taken", "assigned",
        "replied", "handled", "confirmed", "found_wanting", "closed", "refused", "not_opened", "void",
        "merged",
    }  # fmt: skip
    assert actions >= {
        "return", "rework", "reopen", "withdraw", "defer_grant", "suspend_grant", "suspend_refuse", "resume",
        "verify_answer", "check_answer", "appeal_grant", "call_back", "merge", "force_close", "self_handle",
    }  # fmt: skip
