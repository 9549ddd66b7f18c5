"""`scripts/bench stalls --situations N` reports the named situations beside its own scenes."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from bench import stalls
from bench.scenes.situations import SITUATIONS

NAME = "picture of 320 x 240"


def test_the_named_situations_are_reported_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stalls, "SITUATIONS", {NAME: SITUATIONS[NAME]})
    wanted = ["--scenes", "0", "--situations", "1", "--workers", "1", "--json"]
    done = CliRunner().invoke(stalls.command, wanted, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    figures = json.loads(done.output.splitlines()[-1])
    assert set(figures["by_situation"]) == {NAME}
    assert figures["by_situation"][NAME]["scenes"] == 1
    assert figures["by_situation"][NAME]["found"]["of"] == 1
    assert (figures["found"]["of"], figures["hours"]) == (0, 0.0)
