"""What the console says for words that come from elsewhere in the system."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from edge.state import State
from ingest.rules.settings import AnyRule

WORDS = Path(__file__).parents[2] / "center" / "console" / "src" / "i18n" / "en.ts"


@pytest.mark.parametrize("state", ["offline", *State])
def test_every_state_of_a_camera_has_a_word(state: str) -> None:
    assert f"\n  state_{state.replace(' ', '_')}: " in WORDS.read_text(encoding="utf-8")


@pytest.mark.parametrize("watches", [rule.__struct_config__.tag for rule in get_args(AnyRule)])
def test_whatever_a_rule_watches_for_has_a_word(watches: str) -> None:
    assert f"\n  watches_{watches}: " in WORDS.read_text(encoding="utf-8")
