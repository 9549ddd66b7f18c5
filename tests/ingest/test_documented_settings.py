"""The settings shown in the documents are settings that ingest takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from ingest.adapters.table import AnyAdapter, Table
from ingest.settings import MOVED, Settings
from program import settings
from program.errors import SettingsError

DOCS = Path(__file__).parents[2] / "docs"
BLOCKS = [
    pytest.param(block, id=f"{page}-{number}")
    for page in ("adapters.md", "rules.md")
    for number, block in enumerate(
        re.findall(r"```toml\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    )
]


@pytest.mark.parametrize("block", BLOCKS)
def test_the_settings_in_the_documents_can_be_used(block: str, tmp_path: Path) -> None:
    file = tmp_path / "ingest.toml"
    file.write_text(block, encoding="utf-8")
    chosen = settings.load(Settings, program="ingest", file=file, environment={})
    assert chosen.adapters or chosen.rules
    Table(chosen.adapters)


def test_every_adapter_and_every_rule_is_shown() -> None:
    text = "".join(str(block.values[0]) for block in BLOCKS) + (DOCS / "adapters.md").read_text(
        encoding="utf-8"
    )
    for adapter in get_args(AnyAdapter):
        assert f"## {adapter.__struct_config__.tag}" in text
    for rule in ("fence", "key_area", "speed", "stop", "idling", "offline", "telemetry"):
        assert f'watches = "{rule}"' in text


def test_a_section_that_has_moved_is_refused_with_its_new_place(tmp_path: Path) -> None:
    """Whoever kept positions for ever must not lose them because nobody reads the section any more."""
    file = tmp_path / "ingest.toml"
    file.write_text("[storage]\nposition_days = 0\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"\[storage\] has moved; put it into the worker's settings"):
        settings.load(Settings, program="ingest", file=file, environment={}, moved=MOVED)
