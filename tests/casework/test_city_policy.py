"""A changed case policy is read without a restart, and a wrong one changes nothing."""

from __future__ import annotations

import os
from importlib.resources import files
from itertools import count
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from casework.city_policy import CityPolicy
from casework.policy_metrics import PolicyMetrics
from program.errors import SettingsError

TITLE = 'title = "无照经营游商"'
SHIPPED = files("cases").joinpath("data", "policy.toml").read_text(encoding="utf-8")


def write(folder: Path, text: str, *, at: int) -> None:
    (folder / "policy.toml").write_text(text, encoding="utf-8")
    os.utime(folder / "policy.toml", (at, at))


async def test_a_change_holds_once_the_files_have_settled(tmp_path: Path) -> None:
    write(tmp_path, SHIPPED, at=1)
    policy = CityPolicy(str(tmp_path))
    before = policy()
    write(tmp_path, SHIPPED.replace(TITLE, 'title = "流动摊贩"'), at=2)
    await policy.look()
    assert policy() is before, "it may still be being copied"
    await policy.look()
    assert policy().title("stall").name == "流动摊贩"
    changed = policy()
    await policy.look()
    assert policy() is changed, "an unchanged folder is not read again"


async def test_an_entry_that_is_removed_and_a_workflow_that_is_added_are_seen(tmp_path: Path) -> None:
    policy = CityPolicy(str(tmp_path))
    kept = "[incident.vehicle]"
    assert "vehicle" in policy().rules
    text = SHIPPED.split(kept)[0] + "[incident." + SHIPPED.split(kept)[1].partition("[incident.")[2]
    workflow = files("cases").joinpath("data", "workflow-small.toml").read_text(encoding="utf-8")
    (tmp_path / "workflow-town.toml").write_text(workflow.replace('name = "small"', 'name = "town"', 1))
    write(tmp_path, text.replace('workflow = "small"', 'workflow = "town"'), at=2)
    for _ in range(2):
        await policy.look()
    assert ("vehicle" in policy().rules, policy().workflow.name) == (False, "town")


async def test_a_wrong_policy_is_told_once_and_the_one_of_before_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    policy = CityPolicy(str(tmp_path), clock=count(100).__next__)
    before = policy()
    write(tmp_path, SHIPPED.replace('workflow = "small"', 'workflow = "nowhere"'), at=2)
    for _ in range(4):
        await policy.look()
    assert policy() is before
    assert caplog.text.count("workflow-nowhere.toml") == 1
    assert metrics(policy) == (1, 100)
    with pytest.raises(SettingsError, match="workflow-nowhere"):
        CityPolicy(str(tmp_path))
    write(tmp_path, SHIPPED, at=3)
    for _ in range(2):
        await policy.look()
    assert policy() is not before
    assert metrics(policy) == (0, 101)


def metrics(policy: CityPolicy) -> tuple[float | None, float | None]:
    """What `/metrics` says of it: whether the folder is refused, and when the policy in use was read."""
    registry = CollectorRegistry()
    registry.register(PolicyMetrics(lambda: policy))
    return (
        registry.get_sample_value("streetwarden_case_policy_refused"),
        registry.get_sample_value("streetwarden_case_policy_read_timestamp_seconds"),
    )


async def test_a_folder_that_vanishes_changes_nothing_and_is_read_again_when_it_is_back(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "policy"
    folder.mkdir()
    write(folder, SHIPPED.replace(TITLE, 'title = "流动摊贩"'), at=1)
    policy = CityPolicy(str(folder))
    folder.rename(tmp_path / "away")
    for _ in range(3):
        await policy.look()
    assert policy().title("stall").name == "流动摊贩"
    assert "there is no case policy folder" in (policy.refused or "")
    (tmp_path / "away").rename(folder)
    for _ in range(2):
        await policy.look()
    assert policy.refused is None
